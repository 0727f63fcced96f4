package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Says, in a state directory, that the log which was there ended with its database: it is not gone
 * on from, and what comes after it has a higher epoch. It stays until a new log begins.
 *
 * <p>The record, in a {@link TwoSlotFile}, big-endian:
 *
 * <pre>
 *   0   u32   version, 1
 *   4   u32   highest epoch of the log
 *   8   u128  log id
 * </pre>
 *
 * @param logId the log
 * @param epoch its highest epoch, unsigned
 */
public record DeletedLog(UUID logId, int epoch) {

  private static final String NAME = ".deleted";
  private static final List<String> LOG_FILES =
      List.of(PositionFile.NAME, CaptureLog.TARGET, PageHashes.FILE, WaitingSegments.DROPPED);
  private static final int VERSION = 1;
  private static final int BYTES = 24;

  /**
   * What a state directory says; empty if its log is not one that ended so. Opens no other file.
   */
  public static Optional<DeletedLog> read(Io io, Path stateDirectory) throws IOException {
    if (!io.exists(stateDirectory.resolve(NAME))) {
      return Optional.empty();
    }
    try (TwoSlotFile file = file(io, stateDirectory)) {
      byte[] payload = file.read();
      ByteBuffer in = payload == null ? null : ByteBuffer.wrap(payload);
      return in == null || in.getInt(0) != VERSION
          ? Optional.empty()
          : Optional.of(new DeletedLog(new UUID(in.getLong(8), in.getLong(16)), in.getInt(4)));
    }
  }

  /**
   * Whether a log that was published is known to have ended: its database was deleted, or a later
   * log has begun. Connect may remember it for a minute more.
   */
  public static boolean isOver(Io io, Path stateDirectory, UUID logId, int epoch)
      throws IOException {
    Optional<DeletedLog> deleted = read(io, stateDirectory);
    if (deleted.isPresent() && Integer.compareUnsigned(epoch, deleted.get().epoch()) <= 0) {
      return true;
    }
    if (!io.exists(stateDirectory.resolve(PositionFile.NAME))) {
      return false;
    }
    try (PositionFile file = new PositionFile(io, stateDirectory)) {
      return file.read()
          .filter(p -> !p.logId().equals(logId))
          .filter(p -> Integer.compareUnsigned(p.epoch(), epoch) > 0)
          .isPresent();
    }
  }

  /** Says it, durably. */
  void write(Io io, Path stateDirectory) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(BYTES).putInt(VERSION).putInt(epoch);
    out.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    try (TwoSlotFile file = file(io, stateDirectory)) {
      file.write(out.flip(), true);
    }
  }

  /** Deletes what is left of a log that a state directory says has ended. */
  static void clear(Io io, Path stateDirectory) throws IOException {
    if (!io.exists(stateDirectory.resolve(NAME))) {
      return;
    }
    for (String name : LOG_FILES) {
      io.delete(stateDirectory.resolve(name));
    }
    Path segments = stateDirectory.resolve(CaptureLog.SEGMENTS);
    if (io.exists(segments)) {
      for (Path segment : io.list(segments)) {
        io.delete(segment);
      }
      io.syncDirectory(segments);
    }
    io.syncDirectory(stateDirectory);
  }

  /** A new log has begun, in a higher epoch. */
  static void forget(Io io, Path stateDirectory) throws IOException {
    io.delete(stateDirectory.resolve(NAME));
  }

  private static TwoSlotFile file(Io io, Path stateDirectory) {
    return new TwoSlotFile(io, stateDirectory.resolve(NAME), BYTES);
  }
}

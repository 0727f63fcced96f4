package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A look, from another process, at how far a replica is: it takes no lock and changes nothing, so
 * that it may be a moment old, or see nothing while the replica is being written.
 *
 * <p>Never use it in a process that has the replica open: closing a file gives up its locks.
 *
 * @param logId the log that it holds
 * @param epoch of the last frame, unsigned
 * @param frameNo last frame that it holds
 */
public record AppliedPosition(UUID logId, int epoch, long frameNo) {

  private static final int COUNTER_AT = 24;
  private static final int WAL_HEADER_BYTES = 32;
  private static final int FRAME_HEADER_BYTES = 24;

  /**
   * Looks.
   *
   * @param database the replica
   * @param positionFile where its position is kept
   * @return empty if there is no replica, or what is there does not fit together
   */
  public static Optional<AppliedPosition> look(Io io, Path database, Path positionFile)
      throws IOException {
    if (!io.exists(database) || !io.exists(positionFile)) {
      return Optional.empty();
    }
    Path wal = database.resolveSibling(database.getFileName() + "-wal");
    Optional<Integer> counter = io.exists(wal) ? inWal(io, wal) : Optional.empty();
    int present = counter.isPresent() ? counter.get() : inDatabase(io, database);
    try (ReplicaPosition positions = new ReplicaPosition(io, positionFile)) {
      Optional<PositionAnchor> anchor = positions.inForce(present).filter(a -> !a.isNothing());
      if (anchor.isEmpty()) {
        return Optional.empty();
      }
      OptionalLong frameNo = anchor.get().frameNoAt(present);
      return Optional.of(
          new AppliedPosition(anchor.get().logId(), anchor.get().epoch(), frameNo.getAsLong()));
    }
  }

  private static int inDatabase(Io io, Path database) throws IOException {
    try (StorageFile file = io.open(database, Io.OpenMode.READ)) {
      return number(file, COUNTER_AT);
    }
  }

  /** The counter of the last whole transaction: every one has page 1. */
  private static Optional<Integer> inWal(Io io, Path wal) throws IOException {
    try (StorageFile file = io.open(wal, Io.OpenMode.READ)) {
      if (file.size() < WAL_HEADER_BYTES) {
        return Optional.empty();
      }
      long frameBytes = FRAME_HEADER_BYTES + (long) number(file, 8);
      long salts = salts(file, 16);
      Integer committed = null;
      Integer pending = null;
      for (long at = WAL_HEADER_BYTES; at + frameBytes <= file.size(); at += frameBytes) {
        if (salts(file, at + 8) != salts) {
          break; // left over from before the last reset
        }
        if (number(file, at) == 1) {
          pending = number(file, at + FRAME_HEADER_BYTES + COUNTER_AT);
        }
        if (number(file, at + 4) != 0 && pending != null) {
          committed = pending;
        }
      }
      return Optional.ofNullable(committed);
    }
  }

  private static int number(StorageFile file, long at) throws IOException {
    ByteBuffer four = ByteBuffer.allocate(4);
    file.readFully(four, at);
    return four.getInt(0);
  }

  private static long salts(StorageFile file, long at) throws IOException {
    ByteBuffer eight = ByteBuffer.allocate(8);
    file.readFully(eight, at);
    return eight.getLong(0);
  }
}

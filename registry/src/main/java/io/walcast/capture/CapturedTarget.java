package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The target of a captured log. Its database belongs to the application, which has written every
 * frame to it already: folding only remembers how far the segments are done, and the hashes of the
 * pages as of there.
 *
 * <p>The record, in a {@link TwoSlotFile}, big-endian:
 *
 * <pre>
 *   0   u128  log id
 *   16  u64   frame no
 *   24  u32   epoch
 *   28  u32   database size in pages
 *   32  u32   page size in bytes
 * </pre>
 */
public final class CapturedTarget implements CheckpointTarget {

  private static final int RECORD_BYTES = 36;

  private final TwoSlotFile file;
  private final PageHashes hashes;
  private LogPosition folded; // of folds alone: durable; null: not known to be

  /**
   * Opens nothing yet.
   *
   * @param file where the position is kept; the page hashes are kept beside it
   */
  public CapturedTarget(Io io, Path file) {
    this(io, file, new PageHashes(io, file.resolveSibling(PageHashes.FILE)));
  }

  CapturedTarget(Io io, Path file, PageHashes hashes) {
    this.file = new TwoSlotFile(io, file, RECORD_BYTES);
    this.hashes = hashes;
  }

  /**
   * Up to where storage has what was captured into a state directory; empty if nothing is known.
   */
  public static Optional<LogPosition> storedPosition(Io io, Path stateDirectory)
      throws IOException {
    try (CapturedTarget target =
        new CapturedTarget(io, stateDirectory.resolve(CaptureLog.TARGET))) {
      return target.position();
    }
  }

  @Override
  public Optional<LogPosition> position() throws IOException {
    byte[] bytes = file.read();
    if (bytes == null) {
      return Optional.empty();
    }
    ByteBuffer record = ByteBuffer.wrap(bytes);
    LogPosition position =
        new LogPosition(
            new UUID(record.getLong(0), record.getLong(8)),
            record.getInt(24),
            record.getLong(16),
            record.getInt(28),
            record.getInt(32));
    boolean possible =
        position.frameNo() >= 0
            && position.sizePages() >= 0
            && DatabaseHeader.isPageSize(position.pageSize());
    if (!possible) {
      throw new IOException(file.path() + " holds an impossible position: " + position);
    }
    return Optional.of(position);
  }

  @Override
  public void fold(List<SealedSegment> run) throws IOException {
    LogPosition end = run.get(run.size() - 1).end();
    if (folded == null) {
      Optional<LogPosition> read = position();
      file.force(); // else segments could go for a record whose sync has failed
      folded = read.orElse(null);
    }
    boolean known = folded != null && folded.logId().equals(end.logId());
    if (known && folded.frameNo() >= end.frameNo()) {
      return;
    }
    hashes.fold(run); // first: they may be ahead of the position, never behind it
    ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES);
    record.putLong(end.logId().getMostSignificantBits());
    record.putLong(end.logId().getLeastSignificantBits());
    record.putLong(end.frameNo()).putInt(end.epoch()).putInt(end.sizePages());
    record.putInt(end.pageSize()).flip();
    file.write(record, true);
    folded = end;
  }

  /**
   * Refuses: what the file holds is not of one known frame.
   *
   * @throws IOException always
   */
  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    throw new IOException(
        "page " + pageNo + " is in no segment, and the captured database is its application's");
  }

  /** Makes sure of the position: every fold is synced, but the sync of the last may have failed. */
  @Override
  public void force() throws IOException {
    file.force();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

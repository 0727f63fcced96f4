package io.walcast.capture;

import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;

/**
 * A snapshot in parts of a database that others write to, without holding them up. The caller keeps
 * the WAL from being reset meanwhile, as for {@link AttachedCopy}: so the last part can have the
 * newest version of every page that was in it since the beginning. Used by one thread.
 */
final class AttachedParts {

  private final WalConnection connection;
  private final ContinuityLostException why;
  private final WalContents inWal;
  private final SnapshotParts parts;

  private AttachedParts(
      WalConnection connection,
      ContinuityLostException why,
      WalContents inWal,
      SnapshotParts parts) {
    this.connection = connection;
    this.why = why;
    this.inWal = inWal;
    this.parts = parts;
  }

  /** Begins one; {@code null} if the wal-index is just being written. */
  static AttachedParts begin(WalConnection connection, CaptureLog log, ContinuityLostException why)
      throws IOException {
    int filePages = filePages(connection);
    WalIndexHeader start = connection.index().readHeader();
    if (start == null) {
      return null;
    }
    WalContents inWal = new WalContents(connection);
    inWal.addUpTo(start);
    int bound = start.maxFrame() > 0 ? Math.min(filePages, start.sizePages()) : filePages;
    SnapshotParts parts =
        new SnapshotParts(connection.database(), connection.pageSize(), bound, inWal.pages(), log);
    return new AttachedParts(connection, why, inWal, parts);
  }

  /** Why it is taken. */
  ContinuityLostException why() {
    return why;
  }

  /**
   * Goes on, if storage is not behind.
   *
   * @return header of the wal-index that the log now reaches to, or {@code null} before the end
   */
  WalIndexHeader step() throws IOException {
    if (!parts.step()) {
      return null;
    }
    try (PartTransaction last = parts.beginLast()) {
      WalIndexHeader end = connection.index().readHeader();
      if (end == null) {
        return null;
      }
      inWal.addUpTo(end);
      int sizePages = end.maxFrame() > 0 ? end.sizePages() : filePages(connection);
      if (!inWal.completes(parts.copied(), sizePages)) {
        throw new IOException(
            connection.database().path() + " has grown to pages that its WAL does not have");
      }
      inWal.writeNewest(sizePages, last);
      parts.commitLast(last, sizePages);
      return end;
    }
  }

  private static int filePages(WalConnection connection) throws IOException {
    return (int) (connection.database().size() / connection.pageSize());
  }
}

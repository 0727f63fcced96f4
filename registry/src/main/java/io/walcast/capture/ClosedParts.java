package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.sqlite.ClosedDatabase;
import io.walcast.sqlite.WalConnection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.roaringbitmap.RoaringBitmap;

/**
 * A snapshot in parts of a database that nobody has open. Its lock is held meanwhile, under which a
 * {@code -wal} that appears stays: none at the end means none in between. Used by one thread.
 */
final class ClosedParts implements Closeable {

  private final ClosedDatabase closed;
  private final FileIdentity database;
  private final ResyncReason reason;
  private final Io io;
  private final int pages;
  private final SnapshotParts parts;

  /** Begins one; takes the open database over. */
  ClosedParts(
      ClosedDatabase closed, FileIdentity database, ResyncReason reason, Io io, CaptureLog log)
      throws IOException {
    this.closed = closed;
    this.database = database;
    this.reason = reason;
    this.io = io;
    int pageSize = closed.header().pageSize();
    this.pages = (int) (closed.file().size() / pageSize);
    this.parts = new SnapshotParts(closed.file(), pageSize, pages, new RoaringBitmap(), log);
  }

  /** Why it is taken. */
  ResyncReason reason() {
    return reason;
  }

  /** Database size in pages. */
  int pages() {
    return pages;
  }

  /** Whether the database is still the one, untouched. */
  boolean isOf(FileIdentity found) throws IOException {
    Path path = closed.file().path();
    return database.equals(found) && !io.exists(WalConnection.walOf(path));
  }

  /** Goes on, if storage is not behind; says whether all is in the log. */
  boolean step() throws IOException {
    if (!parts.step()) {
      return false;
    }
    try (PartTransaction last = parts.beginLast()) {
      if (parts.copied() != pages || !isOf(io.identity(closed.file().path()))) {
        throw new IOException(closed.file().path() + " was changed while it was read");
      }
      parts.commitLast(last, pages);
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    closed.close();
  }
}

package io.walcast.capture;

import io.walcast.registry.SharedWal;
import io.walcast.segment.SnapshotPart;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A part of a snapshot on its way into the log. Used by one thread. */
final class PartTransaction implements PageSink, Closeable {

  private final WriteTransaction transaction;
  private final SnapshotHashes hashes;
  private final int lockBytePage;
  private boolean empty = true;

  PartTransaction(SharedWal wal, SnapshotHashes hashes) throws IOException {
    this.hashes = hashes;
    this.lockBytePage = DatabaseHeader.lockBytePage(wal.pageSize());
    this.transaction = wal.beginWrite();
  }

  @Override
  public void insert(int pageNo, ByteBuffer page) throws IOException {
    if (pageNo != lockBytePage) {
      hashes.put(pageNo, PageHash.of(pageNo, page));
    }
    transaction.insert(pageNo, page);
    empty = false;
  }

  /** Whether nothing was inserted. */
  boolean isEmpty() {
    return empty;
  }

  /** Commits; {@link CaptureLog} seals. */
  void commit(int sizeAfter, long databaseChecksum, SnapshotPart part) throws IOException {
    transaction.commit(sizeAfter, databaseChecksum, part);
  }

  /** Rolls back, unless committed. */
  @Override
  public void close() throws IOException {
    transaction.close();
  }
}

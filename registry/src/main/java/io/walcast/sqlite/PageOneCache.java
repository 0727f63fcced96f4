package io.walcast.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Page 1 of a live database, which each transaction needs three times, as of the wal-index header
 * that it was read or written under: as long as that is in force nobody has written the page
 * through SQLite. For one thread at a time.
 */
final class PageOneCache {

  private final WalConnection connection;
  private final TransactionFrames.PageOne source;
  private final byte[] page;
  private WalIndexHeader at; // null: not known

  PageOneCache(WalConnection connection, TransactionFrames.PageOne source) {
    this.connection = connection;
    this.source = source;
    this.page = new byte[connection.pageSize()];
  }

  /** The page as it is now; good until the next call. */
  ByteBuffer current() throws IOException {
    WalIndexHeader before = connection.header();
    if (!before.equals(at)) {
      at = null;
      source.read(ByteBuffer.wrap(page));
      at = before.equals(connection.header()) ? before : null;
    }
    return ByteBuffer.wrap(page).asReadOnlyBuffer();
  }

  /** A transaction with this page has just been published; the write lock is still held. */
  void written(ByteBuffer content) throws IOException {
    content.get(page);
    at = connection.header();
  }
}

package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads pages as last published, without a lock: what was read is good if the header has not
 * changed meanwhile, because neither is a frame overwritten nor a page of the database file
 * replaced by a later version before the header has. Thread-safe.
 */
final class PageReader {

  private final StorageFile database;
  private final StorageFile wal;
  private final WalIndex index;
  private final int pageSize;

  PageReader(WalConnection connection) {
    this.database = connection.database();
    this.wal = connection.wal();
    this.index = connection.index();
    this.pageSize = connection.pageSize();
  }

  /** Database size in pages under a header. */
  int sizePages(WalIndexHeader header) throws IOException {
    int size = header.sizePages();
    return size != 0 ? size : sizeInFile();
  }

  /** As SQLite does: a sync that failed, and a power cut after it, can leave old pages behind. */
  private int sizeInFile() throws IOException {
    int pages = (int) (database.size() / pageSize);
    ByteBuffer first = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    while (first.hasRemaining() && database.read(first, first.position()) >= 0) {
      // goes on until the header is there, or the file ends
    }
    return first.hasRemaining() ? pages : ReplicaPageOne.sizePages(first, pages);
  }

  /**
   * Fills the target with a page.
   *
   * @return {@code false} if a writer came in between: try again
   */
  boolean tryRead(int pageNo, ByteBuffer target) throws IOException {
    WalIndexHeader header = index.readHeader();
    if (header == null) {
      return false;
    }
    if (pageNo < 1 || pageNo > sizePages(header)) {
      throw new IOException(
          database.path() + " has " + sizePages(header) + " pages, no page " + pageNo);
    }
    ByteBuffer page = target.duplicate();
    page.limit(page.position() + pageSize);
    try {
      read(pageNo, header, page);
    } catch (EOFException e) {
      if (header.equals(index.readHeader())) {
        throw e;
      }
      return false;
    }
    if (!header.equals(index.readHeader())) {
      return false;
    }
    target.position(target.position() + pageSize);
    return true;
  }

  private void read(int pageNo, WalIndexHeader header, ByteBuffer page) throws IOException {
    int frame = index.findFrame(pageNo, header.maxFrame());
    if (frame != 0) {
      wal.readFully(page, WalHeader.frameOffset(frame, pageSize) + WalHeader.FRAME_HEADER_LENGTH);
      return;
    }
    long at = (pageNo - 1L) * pageSize;
    while (page.hasRemaining()) {
      int n = database.read(page, at);
      if (n < 0) { // a page that was never written reads as zeros, as in SQLite
        page.put(new byte[page.remaining()]);
      }
      at += n;
    }
  }
}

package io.walcast.storage;

import io.walcast.io.StorageFile;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A database file being written, page by page in any order. For one thread. */
final class DatabaseImage {

  private final StorageFile file;
  private final int pageSize;
  private final long pages;

  /** An image in an empty file. */
  DatabaseImage(StorageFile file, int pageSize, int sizePages) {
    this.file = file;
    this.pageSize = pageSize;
    this.pages = Integer.toUnsignedLong(sizePages);
  }

  void put(int pageNo, ByteBuffer page) throws IOException {
    file.writeFully(page, offset(Integer.toUnsignedLong(pageNo)));
  }

  /** Gives the file its full length: pages that were never written are zero, as in SQLite. */
  void finish() throws IOException {
    long length = pages * pageSize;
    if (file.size() < length) {
      file.writeFully(ByteBuffer.allocate(1), length - 1);
    }
  }

  /** Compares the file as it is now with a stated checksum. */
  void check(long stated, String what) throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    long sum = 0;
    for (long pageNo = 1; pageNo <= pages; pageNo++) {
      if (pageNo != lockBytePage) {
        file.readFully(page.clear(), offset(pageNo));
        sum ^= PageHash.of((int) pageNo, page.flip());
      }
    }
    long found = PageHash.stated(sum);
    if (found != stated) {
      throw new IOException(
          String.format(
              "%s: restored to %s, the checksum of the database is %016x and not %016x",
              what, file.path(), found, stated));
    }
  }

  private long offset(long pageNo) {
    return (pageNo - 1) * pageSize;
  }
}

package io.walcast.capture;

import io.walcast.io.StorageFile;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.roaringbitmap.RoaringBitmap;

/** Copies the pages of a database file into a transaction, in order and with large reads. */
final class PageCopy {

  private static final int READ_BYTES = 512 * 1024;

  private PageCopy() {}

  /**
   * Copies pages {@code first} to {@code last}, without the lock-byte page, or as many as the file
   * has whole.
   *
   * @param except pages that are not wanted
   * @return the last page that the file had
   */
  static int copy(
      StorageFile database, int pageSize, int first, int last, RoaringBitmap except, PageSink sink)
      throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    ByteBuffer buffer = ByteBuffer.allocate(Math.max(1, READ_BYTES / pageSize) * pageSize);
    int done = first - 1;
    while (done < last) {
      buffer.clear();
      int wanted = (int) Math.min(buffer.capacity(), (long) (last - done) * pageSize);
      buffer.limit(wanted);
      fill(database, buffer, (long) done * pageSize);
      int whole = buffer.position() / pageSize;
      for (int i = 0; i < whole; i++) {
        done++;
        if (done != lockBytePage && !except.contains(done)) {
          sink.insert(done, buffer.slice(i * pageSize, pageSize));
        }
      }
      if (whole * pageSize < wanted) {
        return done;
      }
    }
    return done;
  }

  private static void fill(StorageFile database, ByteBuffer buffer, long position)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (database.read(buffer, position + buffer.position()) < 0) {
        return;
      }
    }
  }
}

package io.walcast.capture;

import io.walcast.io.StorageFile;
import io.walcast.sqlite.DatabaseHeader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads kept hashes, a block at a time. For one thread. */
final class HashReader implements Closeable {

  private static final int BLOCK_BYTES = 4096;
  private static final int SCAN_BYTES = 512 * 1024;

  private final StorageFile file;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
  private long blockAt = -1;

  HashReader(StorageFile file) {
    this.file = file;
  }

  /** The hash of a page; 0 if it is not known. */
  long hash(int pageNo) throws IOException {
    long at = at(pageNo);
    long wanted = at - at % BLOCK_BYTES;
    if (wanted != blockAt) {
      blockAt = -1;
      fill(block.clear(), wanted);
      blockAt = wanted;
    }
    return block.getLong((int) (at - wanted));
  }

  /** Forgets what was read, as another thread has written since. */
  void refresh() {
    blockAt = -1;
  }

  /** XOR of the hashes of pages 1 to {@code pages}, the lock-byte page left out. */
  long checksum(int pages, int pageSize) throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    ByteBuffer hashes = ByteBuffer.allocate((int) Math.min(SCAN_BYTES, Math.max(1, pages) * 8L));
    long sum = 0;
    for (int done = 0; done < pages; ) {
      int count = Math.min(hashes.capacity() / 8, pages - done);
      fill(hashes.clear().limit(count * 8), at(done + 1));
      for (int i = 0; i < count; i++) {
        done++;
        if (done != lockBytePage) {
          sum ^= hashes.getLong(i * 8);
        }
      }
    }
    return sum;
  }

  static long at(int pageNo) {
    return HashFileHeader.HASHES_AT + (pageNo - 1) * 8L;
  }

  /** What is beyond the end of the file is 0. */
  private void fill(ByteBuffer target, long position) throws IOException {
    int n = 0;
    while (target.hasRemaining() && n >= 0) {
      n = file.read(target, position + target.position());
    }
    while (target.hasRemaining()) {
      target.put((byte) 0);
    }
    target.rewind();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

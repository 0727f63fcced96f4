package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.io.MemoryBudget;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.CRC32C;

/**
 * Where the pages of one log wait: in memory, in the arrays that they came in, as long as a budget
 * lasts that several logs share; beyond that in a file, the places of which are used again. The
 * file is a cache of what can be had again: it is not synced, and gone with {@link #close}. What
 * comes back from it is what was put there, or an error. Thread-safe.
 */
final class PageBuffer implements Closeable {

  private static final int BUFFER_BYTES = 1 << 20;
  private static final int ARRAY_HEADER = 16;

  /** A page that waits. */
  static final class Held {
    private byte[] array; // null: in the file
    private int offset;
    private int place; // in the file, in pages
    private int crc; // of what is there
  }

  private final Io io;
  private final Path path;
  private final int pageSize;
  private final MemoryBudget budget;
  private final Deque<Integer> free = new ArrayDeque<>(); // places of the file
  private long taken; // of the budget
  private StorageFile file; // null: never needed
  private int places; // of the file
  private ByteBuffer unwritten; // pages for the places that end with the last one put; null: none
  private int nextPlace; // behind those
  private boolean closed;

  /** Begins without a file; the directory of its path need not exist. */
  PageBuffer(Io io, Path path, int pageSize, MemoryBudget budget) {
    this.io = io;
    this.path = path;
    this.pageSize = pageSize;
    this.budget = budget;
  }

  int pageSize() {
    return pageSize;
  }

  /**
   * Takes a page over.
   *
   * @param array never changed from now on
   * @param offset where the page begins in it
   */
  synchronized Held hold(byte[] array, int offset) throws IOException {
    checkOpen();
    Held held = new Held();
    long bytes = array.length + ARRAY_HEADER;
    if (budget.tryTake(bytes)) {
      taken += bytes;
      held.array = array;
      held.offset = offset;
    } else {
      held.crc = crc(array, offset);
      held.place = free.isEmpty() ? places++ : free.pop();
      write(held.place, array, offset);
    }
    return held;
  }

  private int crc(byte[] array, int offset) {
    CRC32C crc = new CRC32C();
    crc.update(array, offset, pageSize);
    return (int) crc.getValue();
  }

  private void write(int place, byte[] array, int offset) throws IOException {
    if (file == null) {
      io.createDirectories(path.toAbsolutePath().getParent());
      file = io.open(path, Io.OpenMode.TRUNCATE);
      unwritten = ByteBuffer.allocate(Math.max(1, BUFFER_BYTES / pageSize) * pageSize);
    }
    if (place != nextPlace || !unwritten.hasRemaining()) {
      flush();
    }
    unwritten.put(array, offset, pageSize);
    nextPlace = place + 1;
  }

  private void flush() throws IOException {
    int pages = unwritten.position() / pageSize;
    if (pages > 0) {
      file.writeFully(unwritten.flip(), (long) (nextPlace - pages) * pageSize);
      unwritten.clear();
    }
  }

  /**
   * Puts a page into {@code target}.
   *
   * @throws IOException also if the file has something else where the page was put
   */
  void copy(Held held, ByteBuffer target) throws IOException {
    byte[] array = held.array;
    if (array != null) {
      target.put(array, held.offset, pageSize);
      return;
    }
    byte[] page = new byte[pageSize];
    readBack(held, page);
    if (crc(page, 0) != held.crc) {
      throw new IOException(
          path + " was changed at " + (long) held.place * pageSize + ": that page was put there");
    }
    target.put(page);
  }

  private synchronized void readBack(Held held, byte[] page) throws IOException {
    checkOpen();
    flush();
    file.readFully(ByteBuffer.wrap(page), (long) held.place * pageSize);
  }

  /** Forgets a page. */
  synchronized void release(Held held) {
    if (closed) {
      return;
    }
    if (held.array != null) {
      long bytes = held.array.length + ARRAY_HEADER;
      taken -= bytes;
      budget.giveBack(bytes);
    } else {
      free.push(held.place);
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException(path + " is closed");
    }
  }

  /** Forgets all pages. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    budget.giveBack(taken);
    if (file != null) {
      try {
        file.close();
      } finally {
        io.delete(path);
      }
    }
  }
}

package io.walcast.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One transaction laid out as WAL frames, page 1 first. A transaction of a few MiB is read from its
 * source at once, before any lock is taken; a larger one passes through in parts. Used by one
 * thread.
 */
final class TransactionFrames {

  /** Reads page 1 as it is, for transactions that do not bring their own. */
  @FunctionalInterface
  interface PageOne {
    void read(ByteBuffer target) throws IOException;
  }

  private static final int BUFFER_BYTES = 4 << 20;

  private final PageSource pages;
  private final int sizeAfter;
  private final int changeCounter;
  private final int pageSize;
  private final ReplicaJournal journal;
  private final int frameSize;
  private final int added;
  private final int count;
  private final byte[] bytes;
  private final ByteBuffer buffer;
  private ByteBuffer pageOne; // as it is written; null before the first load
  private int first;
  private int loaded;

  TransactionFrames(
      PageSource pages, int sizeAfter, int changeCounter, int pageSize, ReplicaJournal journal)
      throws IOException {
    this.pages = pages;
    this.sizeAfter = sizeAfter;
    this.changeCounter = changeCounter;
    this.pageSize = pageSize;
    this.journal = journal;
    this.frameSize = WalHeader.FRAME_HEADER_LENGTH + pageSize;
    this.added = pages.count() > 0 && pages.pageNo(0) == 1 ? 0 : 1;
    this.count = Math.addExact(pages.count(), added);
    checkPageNumbers();
    int atOnce = Math.min(count, Math.max(1, BUFFER_BYTES / frameSize));
    this.bytes = new byte[atOnce * frameSize];
    this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
    if (count <= atOnce) {
      loadFromSource(0);
    }
  }

  private void checkPageNumbers() throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    int before = 0;
    for (int i = 0; i < pages.count(); i++) {
      int pageNo = pages.pageNo(i);
      if (pageNo <= before || pageNo > sizeAfter || pageNo == lockBytePage) {
        throw new IOException(
            "transaction to "
                + sizeAfter
                + " pages holds page "
                + pageNo
                + (pageNo == lockBytePage ? ", the lock-byte page" : " after page " + before));
      }
      before = pageNo;
    }
    if (sizeAfter < 1) {
      throw new IOException("transaction to a size of " + sizeAfter + " pages");
    }
  }

  /** Number of frames. */
  int count() {
    return count;
  }

  /** Database size in pages after the transaction. */
  int sizeAfter() {
    return sizeAfter;
  }

  /** The page in frame {@code i}, from 0. */
  int pageNo(int i) {
    return i < added ? 1 : pages.pageNo(i - added);
  }

  /** Reads the frames from {@code from} on, as many as the buffer takes; returns their number. */
  int load(int from, PageOne current) throws IOException {
    if (first != from || loaded == 0) {
      loadFromSource(from);
    }
    if (from == 0) {
      if (added == 1) {
        current.read(page(0));
      }
      ReplicaPageOne.own(bytes, WalHeader.FRAME_HEADER_LENGTH, changeCounter, journal);
      pageOne = ByteBuffer.allocate(pageSize).put(page(0)).flip();
    }
    return loaded;
  }

  private void loadFromSource(int from) throws IOException {
    first = from;
    loaded = 0;
    int wanted = Math.min(count - from, bytes.length / frameSize);
    for (int i = 0; i < wanted; i++) {
      if (from + i >= added) {
        ByteBuffer page = page(i);
        pages.read(from + i - added, page);
        if (page.hasRemaining()) {
          throw new IOException(
              "page " + pageNo(from + i) + " lacks " + page.remaining() + " bytes at its source");
        }
      }
    }
    loaded = wanted;
  }

  /** Page 1 as the transaction leaves it; once the first frames are loaded. */
  ByteBuffer pageOne() {
    return pageOne.duplicate();
  }

  /** The {@code i}-th of the loaded pages. */
  ByteBuffer page(int i) {
    return buffer.slice(i * frameSize + WalHeader.FRAME_HEADER_LENGTH, pageSize);
  }

  /**
   * Completes the loaded frames with salts and the running checksum.
   *
   * @param header names salts and byte order of the generation
   * @param checksum that of the frame before
   * @return the checksum of the last loaded frame
   */
  long seal(WalIndexHeader header, long checksum) {
    boolean bigEndian = header.bigEndianChecksum();
    long sum = checksum;
    for (int i = 0; i < loaded; i++) {
      int at = i * frameSize;
      buffer.putInt(at, pageNo(first + i));
      buffer.putInt(at + 4, first + i == count - 1 ? sizeAfter : 0);
      buffer.putInt(at + 8, header.salt1());
      buffer.putInt(at + 12, header.salt2());
      sum = WalChecksum.update(bytes, at, 8, sum, bigEndian);
      sum = WalChecksum.update(bytes, at + WalHeader.FRAME_HEADER_LENGTH, pageSize, sum, bigEndian);
      buffer.putInt(at + 16, WalChecksum.s1(sum));
      buffer.putInt(at + 20, WalChecksum.s2(sum));
    }
    return sum;
  }

  /** Asks the source whether these pages may be published. */
  void verify() throws IOException {
    pages.verify();
  }

  /** The loaded frames. */
  ByteBuffer bytes() {
    return buffer.slice(0, loaded * frameSize);
  }
}

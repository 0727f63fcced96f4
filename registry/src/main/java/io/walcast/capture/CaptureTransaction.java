package io.walcast.capture;

import io.walcast.registry.SharedWal;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A transaction on its way into the log, or a group of them. Keeps the page hashes with it, and
 * states the database checksum that it leads to. Used by one thread.
 */
final class CaptureTransaction implements PageSink, Closeable {

  private final SharedWal wal;
  private final WriteTransaction transaction;
  private final PageHashes hashes;
  private final boolean difference;
  private final int lockBytePage;
  private final HashOverlay written = new HashOverlay();
  private ByteBuffer unchangedPageOne; // left out so far
  private int sizePages; // of the database after the last transaction

  /**
   * Begins.
   *
   * @param difference whether pages that are in the log with the same content are left out
   */
  CaptureTransaction(SharedWal wal, PageHashes hashes, boolean difference) throws IOException {
    this.wal = wal;
    this.hashes = hashes;
    this.difference = difference;
    this.lockBytePage = DatabaseHeader.lockBytePage(wal.pageSize());
    this.sizePages = wal.sizePages();
    this.transaction = wal.beginWrite();
  }

  @Override
  public void insert(int pageNo, ByteBuffer page) throws IOException {
    if (pageNo == lockBytePage) {
      transaction.insert(pageNo, page);
      return;
    }
    long hash = PageHash.of(pageNo, page);
    if (difference && written.find(pageNo) < 0 && hashes.isKept(pageNo, hash)) {
      if (pageNo == 1) {
        unchangedPageOne = ByteBuffer.allocate(page.remaining()).put(page.duplicate()).flip();
      }
      return;
    }
    transaction.insert(pageNo, page);
    written.put(pageNo, hash, 0);
  }

  /**
   * Commits, unless the log has it all already.
   *
   * @return how many pages were written
   */
  int commitUnlessEmpty(int sizeAfter) throws IOException {
    if (written.size() == 0 && sizeAfter != hashes.pages() && unchangedPageOne != null) {
      written.put(1, PageHash.of(1, unchangedPageOne), 0);
      transaction.insert(1, unchangedPageOne); // only a page can carry the new size
    }
    if (written.size() > 0) {
      commit(sizeAfter);
    }
    return written.size();
  }

  /**
   * Ends a transaction of the group, unless it makes the database smaller: then it must be the
   * group's last, since what is cut off is nowhere else to be seen.
   *
   * @return whether the next has begun
   */
  boolean next(int sizeAfter) throws IOException {
    if (sizeAfter < sizePages) {
      return false;
    }
    transaction.next(sizeAfter);
    sizePages = sizeAfter;
    return true;
  }

  /** Commits. */
  void commit(int sizeAfter) throws IOException {
    HashChange change = hashes.change(written, sizeAfter, wal.pageSize());
    transaction.commit(sizeAfter, change.stated());
    hashes.committed(change, written, sizeAfter, wal.lastCommittedFrameNo());
  }

  /** Rolls back, unless committed. */
  @Override
  public void close() throws IOException {
    transaction.close();
  }
}

package io.walcast.capture;

import io.walcast.io.StorageFile;
import io.walcast.segment.SnapshotPart;
import java.io.IOException;
import org.roaringbitmap.RoaringBitmap;

/**
 * Brings a database file into the log range by range, each a segment that goes as soon as storage
 * has it: so neither disk nor memory has to take the whole, and a large database does not keep the
 * capture of others waiting. What was read may be of different states; the last part, which the
 * caller completes, sets that right, and only then the parts are a database. Used by one thread.
 */
final class SnapshotParts {

  private final StorageFile database;
  private final int pageSize;
  private final RoaringBitmap except;
  private final CaptureLog log;
  private final int partPages;
  private final SnapshotHashes hashes = new SnapshotHashes();
  private int lastPage; // of the file
  private int copied; // in parts that are in the log
  private int copiedAtLast;
  private boolean begun;

  /**
   * Begins: from now on nothing is known of the pages in the log.
   *
   * @param lastPage last page of the file that is wanted
   * @param except pages that are not wanted
   */
  SnapshotParts(
      StorageFile database, int pageSize, int lastPage, RoaringBitmap except, CaptureLog log)
      throws IOException {
    this.database = database;
    this.pageSize = pageSize;
    this.lastPage = lastPage;
    this.except = except.clone();
    this.log = log;
    this.partPages = log.pagesOfAPart(pageSize);
    log.swap();
    log.distrustPages();
  }

  /**
   * Takes the next part, unless too many wait for storage.
   *
   * @return whether the last one is next, and nothing else waits
   */
  boolean step() throws IOException {
    if (lastPage - copied <= partPages + 1) { // so the lock-byte page is never all of the last one
      return log.waitingSegments() == 0;
    }
    if (log.waitingSegments() < CaptureLog.PARTS_IN_FLIGHT) {
      takeRange();
    }
    return false;
  }

  private void takeRange() throws IOException {
    try (PartTransaction part = log.beginPart(hashes)) {
      int end = copied + partPages;
      int got = PageCopy.copy(database, pageSize, copied + 1, end, except, part);
      if (!part.isEmpty()) {
        log.commitPart(part, lastPage, begun ? SnapshotPart.MIDDLE : SnapshotPart.FIRST);
        begun = true;
      }
      copied = got;
      if (got < end) {
        lastPage = got; // the file has shrunk
      }
    }
  }

  /**
   * Begins the last part with the rest of the file; the caller adds what else there is.
   *
   * @return to be given to {@link #commitLast}, or closed
   */
  PartTransaction beginLast() throws IOException {
    PartTransaction last = log.beginPart(hashes);
    boolean begins = false;
    try {
      copiedAtLast = PageCopy.copy(database, pageSize, copied + 1, lastPage, except, last);
      begins = true;
    } finally {
      if (!begins) {
        last.close();
      }
    }
    return last;
  }

  /** Last page of the file that was read. */
  int copied() {
    return copiedAtLast;
  }

  /** Ends the snapshot. */
  void commitLast(PartTransaction last, int sizePages) throws IOException {
    log.commitLastPart(last, hashes, sizePages, begun ? SnapshotPart.LAST : SnapshotPart.NONE);
  }
}

package io.walcast.capture;

import io.walcast.io.StorageFile;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds the hashes of all pages again, where they were lost: reads the database range by range
 * while commits go on being captured. What is read of a page that was captured since the beginning
 * may be of any state, and does not count; any other page has not changed. So nothing needs to hold
 * the WAL. Used by one thread.
 */
final class HashRebuild {

  private static final int STEP_BYTES = 1024 * 1024;

  private final int pageSize;
  private final int lockBytePage;
  private final SnapshotHashes hashes = new SnapshotHashes();
  private final RoaringBitmap captured = new RoaringBitmap(); // whatever the file has of them
  private int sizePages; // of the database, as far as it is captured
  private int read; // pages of the file

  HashRebuild(int pageSize, int sizePages) {
    this.pageSize = pageSize;
    this.lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    this.sizePages = sizePages;
  }

  /** A page that is in the log and may not be in the file yet. */
  void inWal(int pageNo, long hash) {
    hashes.put(pageNo, hash);
    captured.add(pageNo);
  }

  /** Pages that were captured. */
  void committed(HashOverlay written, int sizeAfter) {
    for (int pageNo : written.sortedPages()) {
      inWal(pageNo, written.hash(written.find(pageNo)));
    }
    sizePages = sizeAfter;
  }

  /** Reads the next range. */
  void step(StorageFile database) throws IOException {
    int last = Math.min(sizePages, read + Math.max(1, STEP_BYTES / pageSize));
    if (read < last) {
      read =
          PageCopy.copy(
              database,
              pageSize,
              read + 1,
              last,
              captured,
              (pageNo, page) -> hashes.put(pageNo, PageHash.of(pageNo, page)));
    }
  }

  /** Whether all is read that was not captured. */
  boolean isComplete() {
    boolean lockByteOpen = read < lockBytePage && lockBytePage <= sizePages;
    int open = sizePages - read - (lockByteOpen ? 1 : 0);
    return open <= 0 || captured.rangeCardinality(read + 1L, sizePages + 1L) >= open;
  }

  /** The hashes; they count if {@link #isComplete} was so with nothing left to capture. */
  SnapshotHashes hashes() {
    return hashes;
  }

  /** Whether a transaction makes the database larger by pages that it does not write. */
  static boolean isBlind(HashOverlay written, int sizeBefore, int sizeAfter, int lockBytePage) {
    for (int pageNo = sizeBefore + 1; pageNo <= sizeAfter; pageNo++) {
      if (pageNo != lockBytePage && written.find(pageNo) < 0) {
        return true;
      }
    }
    return false;
  }
}

package io.walcast.capture;

import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import java.io.IOException;

/**
 * What a transaction makes of the database checksum.
 *
 * @param known whether the hash of every page is known after it
 * @param checksum XOR of them all, without the lock-byte page; means nothing if they are not known
 */
record HashChange(boolean known, long checksum) {

  static final HashChange UNKNOWN = new HashChange(false, 0);

  /** As segments state it. */
  long stated() {
    return known ? PageHash.stated(checksum) : PageHash.NOT_STATED;
  }

  /**
   * Takes out what was, puts in what is. Nothing is known afterwards if it was not before and the
   * transaction does not write every page, or if it grows the database by pages that it does not
   * write: what those hold is nowhere to be read.
   *
   * @param written hashes of the pages written, without the lock-byte page
   * @param sizeAfter database size in pages
   */
  static HashChange of(PageHashes before, HashOverlay written, int sizeAfter, int pageSize)
      throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    int sizeBefore = before.areKnown() ? before.pages() : 0;
    long checksum = before.areKnown() ? before.checksum() : 0;
    int added = 0;
    for (int pageNo : written.sortedPages()) {
      if (pageNo <= sizeAfter) {
        if (pageNo <= sizeBefore) {
          checksum ^= before.hash(pageNo);
        } else {
          added++;
        }
        checksum ^= written.hash(written.find(pageNo));
      }
    }
    for (int pageNo = sizeAfter + 1; pageNo <= sizeBefore; pageNo++) {
      if (pageNo != lockBytePage) {
        checksum ^= before.hash(pageNo);
      }
    }
    int growth = Math.max(0, sizeAfter - sizeBefore);
    if (sizeBefore < lockBytePage && lockBytePage <= sizeAfter) {
      growth--;
    }
    return added == growth ? new HashChange(true, checksum) : UNKNOWN;
  }
}

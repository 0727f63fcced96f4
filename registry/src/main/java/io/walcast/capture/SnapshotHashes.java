package io.walcast.capture;

import io.walcast.segment.LogPosition;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.util.Arrays;

/**
 * The hashes of the pages of a snapshot that is taken in parts: 8 bytes a page, in memory, until
 * the last part makes them count. Used by one thread.
 */
final class SnapshotHashes {

  private long[] hashes = new long[1024]; // of page i + 1

  /** Sets the hash of a page. */
  void put(int pageNo, long hash) {
    if (pageNo > hashes.length) {
      hashes = Arrays.copyOf(hashes, Math.max(pageNo, hashes.length + hashes.length / 2));
    }
    hashes[pageNo - 1] = hash;
  }

  /** XOR of all up to a size, without the lock-byte page. */
  long checksum(int sizePages, int pageSize) {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    long sum = 0;
    for (int pageNo = 1; pageNo <= sizePages; pageNo++) {
      sum ^= pageNo == lockBytePage ? 0 : hash(pageNo);
    }
    return sum;
  }

  private long hash(int pageNo) { // the lock-byte page, which may be the last one, has none
    return pageNo <= hashes.length ? hashes[pageNo - 1] : 0;
  }

  /** Writes them all as of a frame. */
  void write(HashWriter writer, LogPosition end, long checksum) throws IOException {
    for (int pageNo = 1; pageNo <= end.sizePages(); pageNo++) {
      writer.put(pageNo, hash(pageNo));
    }
    writer.finish(end, checksum);
  }
}

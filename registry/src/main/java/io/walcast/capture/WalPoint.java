package io.walcast.capture;

import io.walcast.sqlite.WalIndexHeader;

/**
 * How far a generation of a WAL has been captured.
 *
 * @param salt1 first salt of the generation
 * @param salt2 second salt of the generation
 * @param frame last captured frame, from 1; 0 before the first
 * @param checksum running checksum at that frame; means nothing at frame 0
 * @param change the wal-index's count of commits at that frame
 */
record WalPoint(int salt1, int salt2, int frame, long checksum, int change) {

  static WalPoint endOf(WalIndexHeader header) {
    return new WalPoint(
        header.salt1(), header.salt2(), header.maxFrame(), header.checksum(), header.change());
  }

  static WalPoint startOf(WalIndexHeader header, int change) {
    return new WalPoint(header.salt1(), header.salt2(), 0, 0, change);
  }

  boolean sameGeneration(WalIndexHeader header) {
    return salt1 == header.salt1() && salt2 == header.salt2();
  }
}

package io.walcast.capture;

import io.walcast.sqlite.WalFrames;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import org.roaringbitmap.RoaringBitmap;

/** Which page is in which frame of a WAL, and which frames are the newest of theirs. */
final class WalPages {

  private final RoaringBitmap pages = new RoaringBitmap();
  private int[] pageNos = new int[0]; // of frames from 1 on
  private int count;

  /** Reads, verifies and adds all that these frames have. */
  void addAll(WalFrames frames) throws IOException {
    while (frames.next()) {
      if (count == pageNos.length) {
        pageNos = Arrays.copyOf(pageNos, Math.max(64, 2 * count));
      }
      pageNos[count++] = frames.pageNo();
      pages.add(frames.pageNo());
    }
  }

  /** The pages that are in the WAL. */
  RoaringBitmap pages() {
    return pages;
  }

  /** The frames, counted from 1, that no later one replaces. */
  BitSet newestFrames() {
    BitSet newest = new BitSet(count + 1);
    RoaringBitmap later = new RoaringBitmap();
    for (int frame = count; frame > 0; frame--) {
      if (later.checkedAdd(pageNos[frame - 1])) {
        newest.set(frame);
      }
    }
    return newest;
  }
}

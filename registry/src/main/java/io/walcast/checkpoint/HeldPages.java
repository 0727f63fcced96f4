package io.walcast.checkpoint;

import io.walcast.segment.FoldableSegment;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/**
 * A segment that waits in a {@link PageBuffer}: its pages as they come, then what those mean; and
 * later segments with it, whose versions of pages take the place of its own. Used by one thread at
 * a time.
 */
final class HeldPages implements FoldableSegment {

  private static final int SMALLEST = 16; // a power of two, as every capacity

  private final PageBuffer buffer;
  private final UUID logId;
  private final int epoch;
  private final long startFrameNo;
  private int[] pageNos = new int[SMALLEST]; // 0: free; searched from where a number hashes to
  private PageBuffer.Held[] pages = new PageBuffer.Held[SMALLEST];
  private int count;
  private int lowest = Integer.MAX_VALUE;
  private long lastFrameNo;
  private int sizeAfter;
  private long databaseChecksum;
  private int[] ascending; // null: not sorted since the last change

  HeldPages(PageBuffer buffer, UUID logId, int epoch, long startFrameNo) {
    this.buffer = buffer;
    this.logId = logId;
    this.epoch = epoch;
    this.startFrameNo = startFrameNo;
  }

  /** Takes a page, in place of an earlier version. */
  void put(int pageNo, byte[] array, int offset) throws IOException {
    put(pageNo, buffer.hold(array, offset));
  }

  private void put(int pageNo, PageBuffer.Held page) {
    ascending = null;
    lowest = Math.min(lowest, pageNo);
    int at = find(pageNo);
    if (pageNos[at] != 0) {
      buffer.release(pages[at]);
    } else {
      pageNos[at] = pageNo;
      count++;
    }
    pages[at] = page;
    if (count * 2 > pageNos.length) {
      grow();
    }
  }

  private int find(int pageNo) {
    int mask = pageNos.length - 1;
    int at = (pageNo * 0x9e3779b9) >>> 7 & mask;
    while (pageNos[at] != pageNo && pageNos[at] != 0) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    int[] oldNos = pageNos;
    PageBuffer.Held[] old = pages;
    pageNos = new int[oldNos.length * 2];
    pages = new PageBuffer.Held[oldNos.length * 2];
    for (int i = 0; i < oldNos.length; i++) {
      if (oldNos[i] != 0) {
        int at = find(oldNos[i]);
        pageNos[at] = oldNos[i];
        pages[at] = old[i];
      }
    }
  }

  /** What the pages lead to. */
  void end(long frameNo, int sizePages, long checksum) {
    lastFrameNo = frameNo;
    sizeAfter = sizePages;
    databaseChecksum = checksum;
    ascending = null;
  }

  /** Adds a segment that follows, which is worth nothing by itself then. */
  void append(HeldPages later) {
    for (int i = 0; i < later.pageNos.length; i++) {
      if (later.pageNos[i] != 0) {
        put(later.pageNos[i], later.pages[i]);
      }
    }
    end(later.lastFrameNo, later.sizeAfter, later.databaseChecksum);
  }

  /** Forgets all pages. */
  void release() {
    for (PageBuffer.Held page : pages) {
      if (page != null) {
        buffer.release(page);
      }
    }
  }

  /** Pages that wait here, those above {@link #sizeAfter} included. */
  int heldPages() {
    return count;
  }

  /** The lowest page number; the highest possible where there is no page. */
  int lowestPageNo() {
    return lowest;
  }

  @Override
  public UUID logId() {
    return logId;
  }

  @Override
  public int epoch() {
    return epoch;
  }

  @Override
  public int pageSize() {
    return buffer.pageSize();
  }

  @Override
  public long startFrameNo() {
    return startFrameNo;
  }

  @Override
  public long lastFrameNo() {
    return lastFrameNo;
  }

  @Override
  public int sizeAfter() {
    return sizeAfter;
  }

  @Override
  public long databaseChecksum() {
    return databaseChecksum;
  }

  @Override
  public boolean isSnapshot() {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize());
    boolean overLockBytePage = sizeAfter >= lockBytePage;
    if (count < sizeAfter - (overLockBytePage ? 1 : 0)) {
      return false; // as most are not, and need not be sorted to tell
    }
    boolean holdsLockBytePage = pageNos[find(lockBytePage)] != 0 && overLockBytePage;
    return pageCount() - (holdsLockBytePage ? 1 : 0) == sizeAfter - (overLockBytePage ? 1 : 0);
  }

  @Override
  public int pageCount() {
    return ascending().length;
  }

  @Override
  public int pageNo(int i) {
    return ascending()[i];
  }

  private int[] ascending() {
    if (ascending == null) {
      int[] found = new int[count];
      int n = 0;
      for (int pageNo : pageNos) {
        if (pageNo != 0 && pageNo <= sizeAfter) {
          found[n++] = pageNo;
        }
      }
      int[] sorted = Arrays.copyOf(found, n);
      Arrays.sort(sorted);
      ascending = sorted;
    }
    return ascending;
  }

  @Override
  public void copyPage(int i, ByteBuffer target) throws IOException {
    buffer.copy(pages[find(pageNo(i))], target);
  }

  @Override
  public String toString() {
    return "frames " + startFrameNo + ".." + lastFrameNo;
  }
}

package io.walcast.checkpoint;

import io.walcast.io.StorageFile;
import io.walcast.segment.FoldableSegment;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * The newest version of each page over a run of segments, and of pages under them, without pages
 * beyond the size that the database has at its end and without the lock-byte page.
 */
final class FoldedPages implements PageSource {

  private static final long FROM_BASE = 0xffff_ffffL; // in place of an ordinal

  private final List<? extends FoldableSegment> run;
  private final StagedPages base; // null: none
  private final boolean begins; // with the file of the base
  private final int[] firstOrdinal; // of each segment, counting the pages of all of them
  private final long[] pages; // page number, ordinal; ascending

  FoldedPages(List<? extends FoldableSegment> run, StagedPages base) {
    this(run, base, base == null ? new RoaringBitmap() : base.pages(), false);
  }

  private FoldedPages(
      List<? extends FoldableSegment> run, StagedPages base, RoaringBitmap ofBase, boolean begins) {
    this.run = run;
    this.base = base;
    this.begins = begins;
    this.firstOrdinal = new int[run.size()];
    int total = 0;
    for (int s = 0; s < run.size(); s++) {
      firstOrdinal[s] = total;
      total = Math.addExact(total, run.get(s).pageCount());
    }
    if (run.size() == 1 && ofBase.isEmpty()) {
      this.pages = ofOne(run.get(0));
    } else {
      this.pages = newestFirst(total, ofBase);
      Arrays.sort(pages);
    }
  }

  /**
   * What is to be written to the file of the pages under a run, so that it becomes the database:
   * the pages of the run, and page 1.
   */
  static FoldedPages into(StagedPages base, List<? extends FoldableSegment> run) {
    return new FoldedPages(run, base, RoaringBitmap.bitmapOf(1), true);
  }

  /** What {@link #newestFirst} finds, where each page is there once and in order anyway. */
  private static long[] ofOne(FoldableSegment segment) {
    int lockBytePage = DatabaseHeader.lockBytePage(segment.pageSize());
    long[] found = new long[segment.pageCount()];
    int count = 0;
    for (int i = 0; i < found.length; i++) {
      int pageNo = segment.pageNo(i);
      if (pageNo <= segment.sizeAfter() && pageNo != lockBytePage) {
        found[count++] = (long) pageNo << 32 | i;
      }
    }
    return count == found.length ? found : Arrays.copyOf(found, count);
  }

  private long[] newestFirst(int total, RoaringBitmap ofBase) {
    FoldableSegment last = run.get(run.size() - 1);
    int lockBytePage = DatabaseHeader.lockBytePage(last.pageSize());
    RoaringBitmap seen = new RoaringBitmap();
    seen.add(lockBytePage);
    long[] found = new long[total + ofBase.getCardinality()];
    int count = 0;
    for (int s = run.size() - 1; s >= 0; s--) {
      FoldableSegment segment = run.get(s);
      for (int i = 0; i < segment.pageCount(); i++) {
        int pageNo = segment.pageNo(i);
        if (pageNo <= last.sizeAfter() && seen.checkedAdd(pageNo)) {
          found[count++] = (long) pageNo << 32 | (firstOrdinal[s] + i);
        }
      }
    }
    for (int pageNo : ofBase) {
      if (pageNo <= last.sizeAfter() && seen.checkedAdd(pageNo)) {
        found[count++] = (long) pageNo << 32 | FROM_BASE;
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** Whether every page of the database is here, so that nothing of what was before counts. */
  boolean areAll() {
    FoldableSegment last = run.get(run.size() - 1);
    boolean hasLockBytePage = last.sizeAfter() >= DatabaseHeader.lockBytePage(last.pageSize());
    return pages.length == last.sizeAfter() - (hasLockBytePage ? 1 : 0);
  }

  /** The file of the pages under the run, if it becomes the database. */
  @Override
  public Optional<StorageFile> begin(Path fresh) throws IOException {
    return begins ? Optional.of(base.giveAway(fresh)) : Optional.empty();
  }

  @Override
  public int count() {
    return pages.length;
  }

  @Override
  public int pageNo(int i) {
    return (int) (pages[i] >>> 32);
  }

  @Override
  public void read(int i, ByteBuffer target) throws IOException {
    if ((pages[i] & FROM_BASE) == FROM_BASE) {
      base.read(pageNo(i), target);
      return;
    }
    int ordinal = (int) pages[i];
    int found = Arrays.binarySearch(firstOrdinal, ordinal);
    int s = found >= 0 ? found : -found - 2;
    while (run.get(s).pageCount() == 0) { // an empty one shares its first ordinal with the next
      s++;
    }
    run.get(s).copyPage(ordinal - firstOrdinal[s], target);
  }
}

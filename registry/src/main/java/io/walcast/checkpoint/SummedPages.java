package io.walcast.checkpoint;

import io.walcast.io.StorageFile;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.PageSource;
import io.walcast.sqlite.ReplicaDatabase;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntPredicate;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The pages of a fold, which find out on their way what the checksum of the database will be, and
 * let it take place only if the source states the same.
 *
 * <p>Each page that is written, or cut off, is taken out of the sum <em>as it is in the
 * database</em>, not as it was once applied: what has happened to it since makes a difference. So a
 * fold reads each page that it replaces once, and nothing else. Used by one thread.
 */
final class SummedPages implements PageSource {

  private final Path path;
  private final FoldRun run;
  private final FoldedPages pages;
  private final Below below; // null: pages are all there will be
  private final ByteBuffer replaced;
  private final IntPredicate isReplaced;
  private final boolean hasHoles;
  private long sum;
  private int summed;

  /** What is there before a fold. */
  @FunctionalInterface
  private interface Below {
    void read(int pageNo, ByteBuffer target) throws IOException;
  }

  /**
   * All pages of a database, whatever is there now.
   *
   * @param path for messages
   */
  SummedPages(Path path, FoldRun run, FoldedPages pages) {
    this.path = path;
    this.run = run;
    this.pages = pages;
    this.below = null;
    this.replaced = null;
    this.isReplaced = pageNo -> false;
    this.hasHoles = !pages.areAll();
  }

  /**
   * Changes to a database.
   *
   * @param before the checksum that it has
   */
  SummedPages(Path path, FoldRun run, FoldedPages pages, ReplicaDatabase database, long before)
      throws IOException {
    this.path = path;
    this.run = run;
    this.pages = pages;
    int sizeBefore = database.sizePages();
    this.below = database::readPage;
    this.replaced = ByteBuffer.allocate(database.pageSize());
    this.isReplaced = pageNo -> pageNo <= sizeBefore;
    this.sum = before;
    int lockBytePage = DatabaseHeader.lockBytePage(run.pageSize());
    for (int pageNo = run.sizeAfter() + 1; pageNo <= sizeBefore; pageNo++) {
      if (pageNo != lockBytePage) {
        takeOut(pageNo);
      }
    }
    this.hasHoles = lacksNewPages(lockBytePage, sizeBefore);
  }

  /** The pages under a run in their file, which becomes the database. */
  SummedPages(Path path, FoldRun run, StagedPages base) throws IOException {
    this.path = path;
    this.run = run;
    this.pages = FoldedPages.into(base, run.segments());
    this.below = base::read;
    this.replaced = ByteBuffer.allocate(run.pageSize());
    this.isReplaced = base.pages()::contains;
    this.sum = base.sum();
    PeekableIntIterator beyond = base.pages().getIntIterator();
    beyond.advanceIfNeeded(run.sizeAfter() + 1);
    while (beyond.hasNext()) {
      takeOut(beyond.next());
    }
    RoaringBitmap written = new RoaringBitmap();
    for (int i = 0; i < pages.count(); i++) {
      written.add(pages.pageNo(i));
    }
    this.hasHoles = base.firstMissing(run.sizeAfter(), written) != 0;
  }

  private boolean lacksNewPages(int lockBytePage, int sizeBefore) {
    int added = Math.max(0, run.sizeAfter() - sizeBefore);
    boolean overLockBytePage = sizeBefore < lockBytePage && lockBytePage <= run.sizeAfter();
    int there = 0;
    while (there < pages.count() && pages.pageNo(pages.count() - 1 - there) > sizeBefore) {
      there++;
    }
    return there < added - (overLockBytePage ? 1 : 0);
  }

  private void takeOut(int pageNo) throws IOException {
    below.read(pageNo, replaced.clear());
    sum ^= PageHash.of(pageNo, replaced.flip());
  }

  @Override
  public Optional<StorageFile> begin(Path fresh) throws IOException {
    return pages.begin(fresh);
  }

  @Override
  public int count() {
    return pages.count();
  }

  @Override
  public int pageNo(int i) {
    return pages.pageNo(i);
  }

  @Override
  public void read(int i, ByteBuffer target) throws IOException {
    int start = target.position();
    pages.read(i, target);
    if (i == summed) {
      summed++;
      int pageNo = pages.pageNo(i);
      if (isReplaced.test(pageNo)) {
        takeOut(pageNo);
      }
      sum ^= PageHash.of(pageNo, target.slice(start, target.position() - start));
    }
  }

  /**
   * Compares the checksums, if the source states one.
   *
   * @throws ReplicaDivergedException if they differ
   */
  @Override
  public void verify() throws IOException {
    long stated = run.databaseChecksum();
    if (stated == PageHash.NOT_STATED) {
      return;
    }
    String after = path + " at frame " + run.lastFrameNo() + " of " + run.logId();
    if (hasHoles) {
      throw new ReplicaDivergedException(
          after + " would lack pages: it grows to " + run.sizeAfter() + " by less than that");
    }
    if (PageHash.stated(sum) != stated) {
      throw new ReplicaDivergedException(
          String.format(
              "%s would have the checksum %016x, its source states %016x: pages of the database or"
                  + " of what is applied to it are not the primary's",
              after, PageHash.stated(sum), stated));
    }
  }

  /** The checksum of the database after the fold; empty if it cannot be known. */
  OptionalLong sum() {
    return hasHoles ? OptionalLong.empty() : OptionalLong.of(sum);
  }
}

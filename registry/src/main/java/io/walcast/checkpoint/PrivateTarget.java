package io.walcast.checkpoint;

import io.walcast.io.FileOwnedException;
import io.walcast.io.FileOwnership;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentHeader;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A database that only the registry reads and writes: a SQLite database file with a {@link
 * PrivateFooter} behind its last page.
 *
 * <p>Its segments are in a directory {@code <database>-wal}. Stock SQLite takes that for a WAL that
 * it cannot open, and so stays out; while the target is open a lock on SQLite's lock bytes keeps
 * out other processes, Walcast's own too.
 *
 * <p>A fold writes the pages in place: pages, sync, footer, sync. A crash within leaves the footer
 * before it or none; either way the segments are still there, are read in place of the pages that
 * they hold, and are folded again. Without a footer the {@linkplain #position position} is unknown
 * and follows from the oldest segment. So a registry that does not sync segments refuses it.
 *
 * <p>Thread-safe: {@link #readPage} runs beside everything, all else one after the other.
 */
public final class PrivateTarget implements CheckpointTarget {

  private static final long LOCK_BYTES_AT = 1L << 30;
  private static final int LOCK_BYTES = 512;

  private final FileOwnership ownership;
  private final StorageFile file;
  private final PrivateSegments segments; // as they were at the opening
  private PrivateFooter footer; // null: none
  private long unsyncedEnd; // how long the file may be on the disk; 0: no longer than it seems
  private volatile int pageSize; // 0: no database yet
  private volatile long sizePages; // pages above it read as zero

  /**
   * Opens the database file, or creates an empty one and its directory of segments.
   *
   * @param database the file; its directory must exist
   * @throws FileOwnedException if another part of this process, or another process, uses it
   * @throws io.walcast.sqlite.NotADatabaseException if it is something else
   */
  public PrivateTarget(Io io, Path database) throws IOException {
    ownership = FileOwnership.claim(database, "the private database " + database);
    StorageFile opened = null;
    boolean done = false;
    try {
      opened = io.open(database, Io.OpenMode.CREATE);
      if (opened.tryLock(LOCK_BYTES_AT, LOCK_BYTES, false) == null) {
        throw new FileOwnedException(database + " is used by another process");
      }
      file = opened;
      segments = PrivateSegments.read(io, walDirectory(database));
      load();
      if (footer == null) { // whoever created it may not have come to that
        io.syncDirectory(database.toAbsolutePath().getParent());
      }
      done = true;
    } finally {
      if (!done) {
        if (opened != null) {
          opened.close();
        }
        ownership.close();
      }
    }
  }

  /** Where the segments of a private database are. */
  public static Path walDirectory(Path database) {
    return database.resolveSibling(database.getFileName() + "-wal");
  }

  private void load() throws IOException {
    footer = PrivateFooter.read(file).orElse(null);
    if (footer != null) {
      pageSize = footer.position().pageSize();
      sizePages = Integer.toUnsignedLong(footer.position().sizePages());
      if (segments.reachBelow(footer.position().frameNo())) { // its sync may have failed
        file.writeFully(footer.encode(), footer.offset());
        file.force(true); // before the opening deletes them
      }
    } else if (file.size() > 0) {
      // With segments, a fold was cut off: they repair it. Without, it is SQLite's own or damaged.
      boolean repaired = segments.repair();
      pageSize = repaired ? segments.oldest().orElseThrow().pageSize() : parsedPageSize();
      unsyncedEnd = segments.largestPages() * pageSize + PrivateFooter.LENGTH;
      sizePages = file.size() / pageSize;
      long rest = file.size() % pageSize;
      if (rest != 0 && !repaired) {
        throw new IOException(
            file.path()
                + " at "
                + (file.size() - rest)
                + ": the footer is damaged, and there is no segment to repair it from");
      }
    }
  }

  private int parsedPageSize() throws IOException {
    ByteBuffer header = ByteBuffer.allocate((int) Math.min(DatabaseHeader.LENGTH, file.size()));
    file.readFully(header, 0);
    return DatabaseHeader.parse(header.flip(), file.path()).pageSize();
  }

  /** The header of the oldest segment that was there at the opening. */
  Optional<SegmentHeader> oldestSegment() {
    return segments.oldest();
  }

  /** Page size in bytes; 0 if there is no database yet. */
  public int pageSize() {
    return pageSize;
  }

  /** Database size in pages as of the last fold; where there is no footer, what the file holds. */
  public int sizePages() {
    return (int) sizePages;
  }

  /** Empty also after a crash in the middle of a fold: the oldest segment tells then. */
  @Override
  public synchronized Optional<LogPosition> position() {
    return Optional.ofNullable(footer).map(PrivateFooter::position);
  }

  /**
   * Folds a run; when it fails, folding it again repairs what it left.
   *
   * @throws FoldRefusedException if the run does not continue what is here
   */
  @Override
  public synchronized void fold(List<SealedSegment> run) throws IOException {
    FoldRun todo = FoldRun.of(run);
    if (footer != null) {
      if (todo.isCoveredBy(footer.position())) {
        return;
      }
      todo = todo.after(footer.position());
    }
    SealedSegment last = run.get(run.size() - 1);
    PrivateFooter after = new PrivateFooter(last.end(), last.databaseChecksum());
    if (pageSize != 0 && pageSize != todo.pageSize()) {
      throw new FoldRefusedException(
          last + " has pages of " + todo.pageSize() + " bytes, " + file.path() + " of " + pageSize);
    }
    makeRoom(after.offset());
    writePages(todo.pages(), todo.pageSize());
    file.force(true); // no footer may be there before all of its pages are
    file.writeFully(after.encode(), after.offset());
    file.force(true);
    unsyncedEnd = 0;
    footer = after;
    pageSize = todo.pageSize();
    sizePages = Integer.toUnsignedLong(todo.sizeAfter());
  }

  /**
   * Removes what would be taken for a page, or for the footer, once the footer is at its place. A
   * sync that failed may have lost an earlier attempt's truncation, and a file that is short
   * already would not be truncated again: so it is made as long as it may be, first.
   */
  private void makeRoom(long footerAt) throws IOException {
    if (footer != null && footer.offset() < footerAt) {
      file.writeFully(ByteBuffer.allocate(PrivateFooter.LENGTH), footer.offset());
      footer = null;
    }
    long end = footerAt + PrivateFooter.LENGTH;
    if (unsyncedEnd > Math.max(end, file.size())) {
      file.writeFully(ByteBuffer.allocate(1), unsyncedEnd - 1);
    }
    unsyncedEnd = Math.max(unsyncedEnd, Math.max(end, file.size()));
    if (file.size() > end) {
      file.truncate(end);
      footer = null;
    }
  }

  private void writePages(FoldedPages pages, int bytes) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(bytes);
    for (int i = 0; i < pages.count(); i++) {
      pages.read(i, page.clear());
      file.writeFully(page.flip(), (Integer.toUnsignedLong(pages.pageNo(i)) - 1) * bytes);
    }
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    int bytes = pageSize;
    int end = target.position() + bytes;
    if (Integer.toUnsignedLong(pageNo) > sizePages) {
      while (target.position() < end) {
        target.put((byte) 0); // never written: SQLite reads zeros beyond the end, too
      }
      return;
    }
    int limit = target.limit();
    target.limit(end);
    file.readFully(target, (Integer.toUnsignedLong(pageNo) - 1) * bytes);
    target.limit(limit);
  }

  @Override
  public boolean recoversFromSegments() {
    return true;
  }

  /** Nothing to do: every fold is synced. */
  @Override
  public void force() {
    // see fold
  }

  @Override
  public synchronized void close() throws IOException {
    try (ownership) {
      file.close();
    }
  }
}

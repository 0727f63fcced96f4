package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.registry.SharedWal;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hash of every page of a captured database as of the end of its log, and the checksum that
 * they give.
 *
 * <p>The file has them as of the last fold. Those of newer frames are in memory until their
 * segments are folded, and come from the segments again when the log is opened. So memory grows
 * with what Kafka does not have, not with the database.
 *
 * <p>{@link #fold} is for the thread that checkpoints, one at a time; all else for the thread that
 * captures.
 */
final class PageHashes {

  private static final Logger LOG = LoggerFactory.getLogger(PageHashes.class);
  private static final int SMALL = 1024;
  private static final int MOST_FAILED_FOLDS = 3;

  /** Name of the file in the namespace's state directory. */
  static final String FILE = ".hashes";

  private final Path path;
  private final HashFile file;
  private final HashFold fold;
  private final Object fileLock = new Object(); // held while the file changes
  private final Object newerLock = new Object(); // held while newer changes, or a fold reads it
  private HashOverlay newer = new HashOverlay(); // of frames that may not be in the file
  private volatile long foldedFrameNo; // the file has what newer has up to here
  private volatile boolean lost; // the file could not be written
  private int failedFolds; // in a row; under fileLock

  private boolean loaded;
  private boolean known;
  private long frameNo; // end of the log
  private int pages;
  private int lockBytePage;
  private long checksum;
  private long sweptFrameNo;
  private int sizeWhenSwept;
  private HashReader reader; // null: closed
  private HashRebuild rebuild; // null: none is under way
  private boolean grewBlindly; // what the file has of some pages may not be what the log has
  private DroppedSegments dropped; // null: none, or made up for

  /** Touches nothing yet. */
  PageHashes(Io io, Path path) {
    this.path = path;
    this.file = new HashFile(io, path);
    this.fold = new HashFold(file, this::newestUpTo);
  }

  /**
   * Takes segments over into the file, as a redo. Should that keep failing, what is kept counts for
   * nothing any more, and the segments may go all the same: on a full disk that gives room.
   *
   * @throws IOException if it is worth another try
   */
  void fold(List<SealedSegment> run) throws IOException {
    synchronized (fileLock) {
      try {
        if (fold.fold(run)) {
          foldedFrameNo = run.get(run.size() - 1).lastFrameNo();
        }
        failedFolds = 0;
      } catch (IOException e) {
        failedFolds++;
        if (failedFolds < MOST_FAILED_FOLDS) {
          throw e;
        }
        LOG.warn("page hashes cannot be kept in {}: the next resync is a snapshot", path, e);
        lost = true;
        file.delete();
      }
    }
  }

  private long newestUpTo(int pageNo, long upToFrameNo) {
    synchronized (newerLock) {
      int place = newer.find(pageNo);
      return place >= 0 && newer.frameNo(place) <= upToFrameNo ? newer.hash(place) : 0;
    }
  }

  /** Finds out what is known of a log that has just been opened; later calls do nothing. */
  void load(SharedWal wal) throws IOException {
    if (loaded) {
      return;
    }
    lockBytePage = DatabaseHeader.lockBytePage(wal.pageSize());
    HashLoading loading;
    synchronized (fileLock) {
      loading = new HashLoading(file, wal);
    }
    loading.run();
    known = loading.isKnown();
    frameNo = wal.lastCommittedFrameNo();
    pages = wal.sizePages();
    loaded = true;
    if (known) {
      synchronized (newerLock) {
        newer = loading.newer();
      }
      checksum = checksumOfAll();
      known = loading.checksum().map(stated -> stated == checksum).orElse(true);
      if (!known) {
        LOG.warn("{}: not the hashes that were written, so they count for nothing", path);
      }
    }
    if (!known) {
      distrust();
    }
  }

  private long checksumOfAll() throws IOException {
    long sum = 0;
    for (int pageNo = 1; pageNo <= pages; pageNo++) {
      if (pageNo != lockBytePage) {
        sum ^= hash(pageNo);
      }
    }
    return sum;
  }

  /** Lets go what has been folded. Costs nothing where nothing has. */
  void settle() throws IOException {
    if (lost) {
      distrust();
    }
    long folded = foldedFrameNo;
    boolean due = folded >= frameNo || newer.size() > 2 * sizeWhenSwept + SMALL;
    if (folded > sweptFrameNo && due) {
      synchronized (newerLock) {
        newer.dropUpTo(folded);
      }
      sweptFrameNo = folded;
      sizeWhenSwept = newer.size();
      if (reader != null) {
        reader.refresh(); // its block may be from before the fold
      }
    }
  }

  /** Whether the hash of every page is known. */
  boolean areKnown() {
    return known;
  }

  /**
   * Whether the hash of every page is known, and what the file has is on the disk and is what was
   * written: else a page that the log lacks could be taken for one that it has. After a sync that
   * failed nothing counts that was written before.
   */
  boolean areProven() throws IOException {
    if (!known) {
      return false;
    }
    try {
      synchronized (fileLock) {
        file.force();
      }
      if (reader != null) {
        reader.refresh();
      }
      if (checksumOfAll() == checksum) {
        return true;
      }
      LOG.warn("{}: not the hashes that were written, so they count for nothing", path);
    } catch (IOException e) {
      LOG.warn("{} cannot be synced or read, and counts for nothing", path, e);
    }
    distrust();
    return false;
  }

  /** Whether hashes are not known that can be found again by reading the database. */
  boolean areLost() {
    return loaded && !known && !grewBlindly && dropped == null;
  }

  /** What finds them again; {@code null} if that has not begun. */
  HashRebuild rebuild() {
    return rebuild;
  }

  /** Begins to find them again: all that is committed is in the log. */
  HashRebuild beginRebuild(int pageSize) {
    rebuild = new HashRebuild(pageSize, pages);
    return rebuild;
  }

  /** What comes next in the log may not be next in the database. */
  void abandonRebuild() {
    rebuild = null;
  }

  /** They are found. The log is sealed. */
  void keepRebuilt(SharedWal wal) throws IOException {
    SnapshotHashes all = rebuild.hashes();
    replace(all, wal, all.checksum(pages, wal.pageSize()));
    LOG.info("{}: hashes of {} pages are known again", path, pages);
  }

  /** Database size in pages at the end of the log. */
  int pages() {
    return pages;
  }

  /** XOR of the hashes of all pages but the lock-byte page, if they are known. */
  long checksum() {
    return checksum;
  }

  /** The hash of a page of the database, if they are known. */
  long hash(int pageNo) throws IOException {
    int place = newer.find(pageNo);
    if (place >= 0) {
      return newer.hash(place);
    }
    if (reader == null) {
      reader = file.reader();
    }
    return reader.hash(pageNo);
  }

  /**
   * Replicas may have frames that the log has lost: pages of those are not taken for kept, or none
   * if it is not known which they are.
   *
   * @param segments what is known to be dropped
   * @param lastFrameNo the last frame that replicas may have
   */
  void compareWithLost(Optional<DroppedSegments> segments, long lastFrameNo) throws IOException {
    dropped = segments.filter(d -> d.lastFrameNo() >= lastFrameNo).orElse(null);
    if (dropped == null) {
      distrust();
    }
  }

  /** The resync that makes up for dropped segments is in the log. */
  void doubtNothing() {
    dropped = null;
  }

  /** Whether a page is known to have this hash, in the log and wherever it has gone. */
  boolean isKept(int pageNo, long hash) {
    try {
      boolean doubted = dropped != null && dropped.mayDiffer(pageNo);
      return known && !doubted && pageNo <= pages && hash(pageNo) == hash;
    } catch (IOException e) {
      unreadable(e);
      return false;
    }
  }

  /** What a transaction would change. */
  HashChange change(HashOverlay written, int sizeAfter, int pageSize) {
    try {
      return HashChange.of(this, written, sizeAfter, pageSize);
    } catch (IOException e) {
      unreadable(e);
      return HashChange.UNKNOWN;
    }
  }

  private void unreadable(IOException cause) {
    LOG.warn("page hashes cannot be read from {}: the next resync is a snapshot", path, cause);
    known = false;
    lost = true;
  }

  /** A transaction has been committed. */
  void committed(HashChange change, HashOverlay written, int sizeAfter, long lastFrameNo)
      throws IOException {
    if (!change.known()) {
      committedUnknown(written, sizeAfter, lastFrameNo);
      return;
    }
    synchronized (newerLock) {
      newer.putAll(written, lastFrameNo);
    }
    known = true;
    grewBlindly = false;
    rebuild = null;
    checksum = change.checksum();
    pages = sizeAfter;
    frameNo = lastFrameNo;
  }

  private void committedUnknown(HashOverlay written, int sizeAfter, long lastFrameNo)
      throws IOException {
    if (known || lost) {
      distrust();
    }
    if (HashRebuild.isBlind(written, pages, sizeAfter, lockBytePage)) {
      LOG.warn("{}: frame {} grows the database by pages it lacks", path, lastFrameNo);
      grewBlindly = true;
      rebuild = null;
    }
    if (rebuild != null) {
      rebuild.committed(written, sizeAfter);
    }
    pages = sizeAfter;
    frameNo = lastFrameNo;
  }

  /** These are the hashes of all pages at the end of the log: from now on they are known. */
  void replace(SnapshotHashes all, SharedWal wal, long sum) throws IOException {
    distrust();
    LogPosition end =
        new LogPosition(
            wal.logId(), wal.epoch(), wal.lastCommittedFrameNo(), wal.sizePages(), wal.pageSize());
    grewBlindly = false;
    synchronized (fileLock) {
      try (HashWriter writer = file.writer(true)) {
        all.write(writer, end, sum);
      } catch (IOException e) {
        LOG.warn("page hashes cannot be kept in {}: the next resync is a snapshot", path, e);
        file.delete();
        return;
      }
    }
    known = true;
    checksum = sum;
    pages = end.sizePages();
    frameNo = end.frameNo();
  }

  /** From now on nothing is known, until a transaction writes every page. */
  void distrust() throws IOException {
    synchronized (fileLock) {
      file.delete();
    }
    known = false;
    lost = false;
    rebuild = null;
    synchronized (newerLock) {
      newer.clear();
    }
    release();
  }

  /** Closes what reading has opened; it is opened again as needed. */
  void release() throws IOException {
    if (reader != null) {
      HashReader open = reader;
      reader = null;
      open.close();
    }
  }
}

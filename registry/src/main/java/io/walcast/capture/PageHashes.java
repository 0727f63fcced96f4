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
  private long checksum;
  private long sweptFrameNo;
  private int sizeWhenSwept;
  private HashReader reader; // null: closed
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
    HashLoading loading;
    synchronized (fileLock) {
      loading = new HashLoading(file, wal);
    }
    loading.run();
    known = loading.isKnown();
    frameNo = wal.lastCommittedFrameNo();
    pages = wal.sizePages();
    if (known) {
      synchronized (newerLock) {
        newer = loading.newer();
      }
      Optional<Long> stated = loading.checksum();
      checksum = stated.isPresent() ? stated.get() : checksumOfAll(wal.pageSize());
    }
    loaded = true;
    if (!known) {
      distrust();
    }
  }

  private long checksumOfAll(int pageSize) throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
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

  /** Pages of these are not taken for kept: what a replica has of them is not known. */
  void doubt(DroppedSegments segments) {
    dropped = segments;
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
      if (known) {
        LOG.warn("{}: frame {} grows the database by pages it lacks", path, lastFrameNo);
      }
      if (known || lost) {
        distrust();
      }
      return;
    }
    synchronized (newerLock) {
      newer.putAll(written, lastFrameNo);
    }
    known = true;
    checksum = change.checksum();
    pages = sizeAfter;
    frameNo = lastFrameNo;
  }

  /** The snapshot of which these are the hashes is in the log: from now on they are known. */
  void replace(SnapshotHashes all, LogPosition end, long sum) throws IOException {
    distrust();
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

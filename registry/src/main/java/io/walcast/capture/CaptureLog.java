package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SnapshotPart;
import io.walcast.sqlite.PageHash;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that one database is captured into, with the position that says what of the database is
 * in it.
 *
 * <p>Order is what keeps a transaction from being published twice: frames are committed, then the
 * position is written, and only then may the segment be sealed. After a kill the unsealed segment
 * is cut back to the position. Should sealed segments reach further than the position (the position
 * is not synced), the position cannot be continued from. Used by one thread.
 */
final class CaptureLog implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureLog.class);

  /** Parts of a snapshot that may wait for storage at a time. */
  static final int PARTS_IN_FLIGHT = 2;

  static final String TARGET = ".log";
  static final String SEGMENTS = ".wal";

  private final Namespace namespace;
  private final Path stateDirectory;
  private final WalRegistry registry;
  private final Io io;
  private final CaptureOptions options;
  private final WaitingSegments waiting;
  private final Continuations continuations;
  private final PositionFile positionFile;
  private SharedWal wal;
  private PageHashes hashes; // of the log that is open
  private CapturePosition position; // null: there is none, or nothing can be continued from
  private long partFrom; // first frame of a part that is committed and not sealed; 0: none
  private ResyncReason whyNoPosition = ResyncReason.FIRST_SNAPSHOT;
  private boolean resting; // closed with nothing to do, while the state directory stays locked

  CaptureLog(
      Namespace namespace, Path stateDirectory, WalRegistry registry, Io io, CaptureOptions options)
      throws IOException {
    this.namespace = namespace;
    this.stateDirectory = stateDirectory;
    this.registry = registry;
    this.io = io;
    this.options = options;
    DeletedLog.clear(io, stateDirectory);
    Path segments = stateDirectory.resolve(SEGMENTS);
    this.waiting = new WaitingSegments(io, stateDirectory, segments, options.maxWaitingBytes());
    this.continuations = new Continuations(namespace, segments, io, options);
    this.positionFile = new PositionFile(io, stateDirectory);
    this.position = positionFile.read().orElse(null);
  }

  /** What can be continued from. */
  Optional<CapturePosition> position() {
    return Optional.ofNullable(position).filter(p -> p.wal().isPresent() || p.closed().isPresent());
  }

  /** Whether the log holds this database as it is, without a WAL. */
  boolean isClosedAs(FileIdentity database) {
    return position().flatMap(CapturePosition::closed).filter(c -> c.equals(database)).isPresent();
  }

  /** Why {@link #position} is empty. */
  ResyncReason whyNoPosition() {
    return whyNoPosition;
  }

  /** The log, once a database has been found. */
  Optional<SharedWal> wal() {
    return Optional.ofNullable(wal);
  }

  /** Opens the log for pages of this size; another page size than before begins a new log. */
  void open(int pageSize) throws IOException {
    if (wal != null && wal.pageSize() == pageSize) {
      return;
    }
    openAnew(pageSize);
    resting = false;
  }

  private void openAnew(int pageSize) throws IOException {
    wal = null;
    closeHashes();
    Optional<SharedWal> other = registry.get(namespace);
    if (other.isPresent()) { // of another page size, or with hashes that are not ours
      other.get().swap();
      registry.remove(namespace);
    }
    hashes = new PageHashes(io, stateDirectory.resolve(PageHashes.FILE));
    CapturedTarget target = new CapturedTarget(io, stateDirectory.resolve(TARGET), hashes);
    boolean opened = false;
    try {
      openWith(target, pageSize);
      opened = true;
    } finally {
      if (!opened) {
        wal = null; // else the next attempt would take the position for checked
        target.close();
      }
    }
  }

  private void openWith(CapturedTarget target, int pageSize) throws IOException {
    partFrom = 0; // sealed, or cut off with what is opened
    Optional<LogPosition> folded = target.position();
    Continuation next = continuations.choose(folded, position, pageSize, resting);
    long covered = next.covered();
    wal =
        registry.open(
            namespace,
            new OpenRequest(
                stateDirectory.resolve(SEGMENTS),
                target,
                pageSize,
                next.epoch(),
                Optional.of(new LogStart(next.logId(), covered + 1, 0)),
                covered,
                covered + 1,
                CheckpointListener.NONE));
    boolean folds = folded.filter(p -> p.logId().equals(next.logId())).isPresent();
    boolean lost = covered > 0 && !folds && wal.sealedSegments().isEmpty(); // it begins after them
    if (lost || wal.lastCommittedFrameNo() < covered) {
      hashes.compareWithLost(waiting.dropped(wal.logId()), covered);
    }
    if (next.wakes() && !lost && wal.lastCommittedFrameNo() == covered) {
      LOG.debug("{}: the log goes on after frame {}", namespace, covered);
    } else if (next.goesOn() && !lost && wal.lastCommittedFrameNo() == covered) {
      write(position.device(), position.inode(), position.wal(), position.closed(), false);
    } else {
      if (position != null) {
        whyNoPosition = next.whyNot();
      }
      write(0, 0, Optional.empty(), Optional.empty(), true); // first: it tells of a higher epoch
      DeletedLog.forget(io, stateDirectory);
    }
  }

  /** Whether more waits for storage, behind the segment that is on its way, than may. */
  boolean isOverLimit() {
    return wal != null && waiting.areTooMany(wal);
  }

  /** Whether storage has all of the log. */
  boolean isStored() {
    return wal == null || wal.durableFrameNo() >= wal.lastCommittedFrameNo();
  }

  /**
   * Drops what waits for storage, but for the oldest segment, which is on its way and shows when
   * storage takes segments again. A resync takes the place of the rest.
   */
  void dropWaiting() throws IOException {
    List<SealedSegment> all = waiting.of(wal);
    if (all.isEmpty()) {
      return; // it has just been stored
    }
    forget(ResyncReason.SEGMENTS_DROPPED, true); // synced: no number is given twice
    SealedSegment oldest = all.remove(all.size() - 1);
    waiting.recordDropped(wal.logId(), all, position.frameNo());
    int pageSize = wal.pageSize();
    wal = null;
    registry.remove(namespace);
    waiting.deleteAfter(oldest);
    open(pageSize);
    whyNoPosition = ResyncReason.SEGMENTS_DROPPED;
  }

  /** A resync is in the log. */
  void resynced() throws IOException {
    wal.swap();
    hashes.doubtNothing();
    waiting.forgetDropped();
  }

  /** Begins a transaction; the log is open. */
  CaptureTransaction begin() throws IOException {
    return begin(false);
  }

  /**
   * Begins the transaction of a resync, which is to write every page.
   *
   * @param difference whether it leaves out what the log has; only if {@link #canCompare}
   */
  CaptureTransaction begin(boolean difference) throws IOException {
    sealPart();
    hashes.load(wal);
    hashes.settle();
    return new CaptureTransaction(wal, hashes, difference);
  }

  /** Whether the hash of every page in the log is known, so that pages can be told to be there. */
  boolean canCompare() throws IOException {
    hashes.load(wal);
    hashes.settle();
    return hashes.areProven();
  }

  /** The next resync writes every page, or a snapshot in parts begins. The log is open. */
  void distrustPages() throws IOException {
    hashes.load(wal);
    hashes.distrust();
  }

  /** Pages of a part of a snapshot: it must fit into what may wait. */
  int pagesOfAPart(int pageSize) {
    long bytes = Math.min(options.snapshotPartBytes(), options.maxWaitingBytes());
    return (int) Math.max(1, Math.min(bytes / pageSize, Integer.MAX_VALUE / 2));
  }

  /** Sealed segments that storage does not have. */
  int waitingSegments() {
    return waiting.of(wal).size();
  }

  /** Begins a part. */
  PartTransaction beginPart(SnapshotHashes into) throws IOException {
    sealPart();
    return new PartTransaction(wal, into);
  }

  /** Commits and seals a part. */
  void commitPart(PartTransaction transaction, int sizePages, SnapshotPart part)
      throws IOException {
    commitPart(transaction, sizePages, PageHash.NOT_STATED, part);
  }

  private void commitPart(
      PartTransaction transaction, int sizePages, long checksum, SnapshotPart part)
      throws IOException {
    long from = wal.lastCommittedFrameNo() + 1;
    transaction.commit(sizePages, checksum, part);
    partFrom = from;
    sealPart();
  }

  /** Commits and seals the last part, after which the hashes of all pages are known. */
  void commitLastPart(
      PartTransaction transaction, SnapshotHashes all, int sizePages, SnapshotPart part)
      throws IOException {
    long checksum = all.checksum(sizePages, wal.pageSize());
    commitPart(transaction, sizePages, PageHash.stated(checksum), part);
    hashes.replace(all, wal, checksum);
  }

  /** Whether segments state no checksum, as hashes were lost that can be found again. */
  boolean lacksHashes() {
    return hashes != null && hashes.areLost() && position().isPresent();
  }

  /** The hashes of the pages; the log is open. */
  PageHashes hashes() {
    return hashes;
  }

  /** The hashes that were found again hold at the end of the log. */
  void keepRebuilt() throws IOException {
    swap();
    hashes.keepRebuilt(wal);
  }

  private void sealPart() throws IOException {
    if (partFrom > 0) {
      wal.swap();
      partFrom = 0;
    }
  }

  /** Whether there is nothing to do: storage has all, all is folded, and no resync is owed. */
  boolean isDone() {
    return wal != null
        && position().isPresent()
        && wal.currentFrameCount() == 0
        && wal.tailLength() == 0
        && !lacksHashes()
        && isStored();
  }

  /** Closes every file of a log that {@link #isDone}; {@link #open} goes on in the same epoch. */
  void rest() throws IOException {
    hashes.settle();
    closeHashes();
    hashes = null;
    wal = null;
    resting = true;
    registry.remove(namespace);
    positionFile.close();
  }

  /** The end of a look: lets go what only a look needs. */
  void lookEnds() throws IOException {
    if (wal != null) {
      hashes.settle();
      hashes.release();
    }
  }

  /** Everything up to this point of the WAL is in the log. */
  void recordWal(FileIdentity database, WalPoint point) throws IOException {
    write(database.device(), database.inode(), Optional.of(point), Optional.empty(), false);
  }

  /** The database is in the log as it is, and has no WAL. */
  void recordClosed(FileIdentity database) throws IOException {
    write(database.device(), database.inode(), Optional.empty(), Optional.of(database), false);
  }

  /** What comes next will not be provably next: only a resync can go on. */
  void forget(ResyncReason reason) throws IOException {
    forget(reason, false);
  }

  private void forget(ResyncReason reason, boolean sync) throws IOException {
    whyNoPosition = reason;
    if (hashes != null) {
      hashes.abandonRebuild();
    }
    if (position != null) { // whether or not it can be written
      position = position.withNothing();
    }
    if (wal != null) {
      write(0, 0, Optional.empty(), Optional.empty(), sync);
    }
  }

  private void write(
      long device,
      long inode,
      Optional<WalPoint> point,
      Optional<FileIdentity> closed,
      boolean sync)
      throws IOException {
    // Of a part that is not sealed only this process knows that it is one: it may not outlive it.
    long frameNo = partFrom > 0 ? partFrom - 1 : wal.lastCommittedFrameNo();
    if (position != null && position.logId().equals(wal.logId())) {
      frameNo = Math.max(frameNo, position.frameNo()); // lost frames may have been published
    }
    CapturePosition next =
        new CapturePosition(
            wal.logId(), wal.epoch(), wal.pageSize(), frameNo, device, inode, point, closed);
    positionFile.write(next, sync);
    position = next;
  }

  /** Seals what is there, so that a snapshot has a segment of its own. */
  void swap() throws IOException {
    wal.swap();
    partFrom = 0;
  }

  /** Whether the policy of the registry says that it is time to seal. */
  boolean isSwapDue() {
    return wal != null && wal.isSwapDue();
  }

  /** Seals if the policy of the registry says so. */
  void swapIfDue() throws IOException {
    if (wal != null) {
      wal.swapIfDue();
    }
  }

  private void closeHashes() throws IOException {
    if (hashes != null) {
      hashes.release();
    }
  }

  /** Closes the position file. The log stays open in the registry, whose shutdown seals it. */
  @Override
  public void close() throws IOException {
    try {
      closeHashes();
    } finally {
      positionFile.close();
    }
  }
}

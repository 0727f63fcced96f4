package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.BufferPool;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import io.walcast.segment.SnapshotPart;
import io.walcast.sqlite.PageHash;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that one database is captured into, with the position that says what of the database is
 * in it.
 *
 * <p>Order is what keeps a transaction from being published twice: frames are committed, then the
 * position is written, and only then may the segment be sealed. After a kill the unsealed segment
 * is cut back to the position. Should sealed segments reach further than the position (the position
 * is not synced), the position cannot be continued from.
 *
 * <p>Used by one thread.
 */
final class CaptureLog implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureLog.class);

  /** Parts of a snapshot that may wait for storage at a time. */
  static final int PARTS_IN_FLIGHT = 2;

  private static final String POSITION = ".position";
  private static final String TARGET = ".log";
  private static final String SEGMENTS = ".wal";
  private static final String DROPPED = ".dropped";

  private final Namespace namespace;
  private final Path stateDirectory;
  private final WalRegistry registry;
  private final Io io;
  private final CaptureOptions options;
  private final TwoSlotFile positionFile;
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
    this.positionFile =
        new TwoSlotFile(io, stateDirectory.resolve(POSITION), CapturePosition.BYTES);
    boolean read = false;
    try {
      byte[] payload = positionFile.read();
      position = payload == null ? null : CapturePosition.decode(payload).orElse(null);
      read = true;
    } finally {
      if (!read) {
        positionFile.close();
      }
    }
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
    int stored = folded.map(LogPosition::epoch).orElse(0);
    int known = position == null ? stored : laterOf(stored, position.epoch());
    boolean outdated =
        Integer.compareUnsigned(options.minimumEpoch(), known) > 0
            || (position != null && publishedFurther(folded));
    boolean goesOn = position != null && position.pageSize() == pageSize && !outdated;
    int next = laterOf(laterOf(known, segmentsEpoch()), options.minimumEpoch()) + 1;
    boolean wakes = goesOn && resting; // nobody else can have used the epoch: it goes on, too
    int epoch = wakes ? known : goesOn ? next : laterOf(next, secondsNow());
    UUID logId = goesOn ? position.logId() : io.randomUuid();
    long covered = goesOn ? position.frameNo() : 0;
    settleDropped();
    wal =
        registry.open(
            namespace,
            new OpenRequest(
                stateDirectory.resolve(SEGMENTS),
                target,
                pageSize,
                epoch,
                Optional.of(new LogStart(logId, covered + 1, 0)),
                covered,
                covered + 1,
                CheckpointListener.NONE));
    boolean folds = folded.filter(p -> p.logId().equals(logId)).isPresent();
    boolean lost = covered > 0 && !folds && wal.sealedSegments().isEmpty(); // it begins after them
    if (lost || wal.lastCommittedFrameNo() < covered) {
      compareWithLost(covered);
    }
    // Synced: should the power fail, no other log may begin in the epoch of this one.
    if (wakes && !lost && wal.lastCommittedFrameNo() == covered) {
      LOG.debug("{}: the log goes on after frame {}", namespace, covered);
    } else if (goesOn && !lost && wal.lastCommittedFrameNo() == covered) {
      write(position.device(), position.inode(), position.wal(), position.closed(), true);
    } else {
      if (position != null) {
        whyNoPosition = whyNot(goesOn, outdated);
      }
      write(0, 0, Optional.empty(), Optional.empty(), true);
    }
  }

  /** A drop cut short: a deletion that a power cut takes back later would leave a gap. */
  private void settleDropped() throws IOException {
    Path segments = stateDirectory.resolve(SEGMENTS);
    if (io.exists(stateDirectory.resolve(DROPPED)) && io.exists(segments)) {
      io.syncDirectory(segments);
    }
  }

  /** The highest epoch of a segment, which a power cut may have left without its position. */
  private int segmentsEpoch() throws IOException {
    int epoch = 0;
    Path segments = stateDirectory.resolve(SEGMENTS);
    if (io.exists(segments)) {
      SegmentDirectory directory = new SegmentDirectory(io, segments, new BufferPool(0), true);
      for (Path segment : directory.segments()) {
        Optional<SegmentHeader> header = directory.header(segment);
        epoch = header.isPresent() ? laterOf(epoch, header.get().epoch()) : epoch;
      }
    }
    return epoch;
  }

  /** Replicas may have frames that the log has lost. */
  private void compareWithLost(long lastFrameNo) throws IOException {
    Optional<DroppedSegments> dropped =
        dropped().filter(d -> d.lastFrameNo() >= lastFrameNo); // else it does not tell of them all
    if (dropped.isPresent()) {
      hashes.doubt(dropped.get());
    } else {
      hashes.distrust();
    }
  }

  private Optional<DroppedSegments> dropped() throws IOException {
    return DroppedSegments.read(io, stateDirectory.resolve(DROPPED))
        .filter(d -> d.logId().equals(wal.logId()));
  }

  /** Whether more waits for storage, behind the segment that is on its way, than may. */
  boolean isOverLimit() {
    if (wal == null) {
      return false;
    }
    long bytes = wal.sizeBytes();
    long durable = wal.durableFrameNo();
    List<SealedSegment> sealed = wal.sealedSegments();
    for (int i = sealed.size() - 1; i >= 0; i--) {
      bytes -= sealed.get(i).sizeBytes();
      if (sealed.get(i).lastFrameNo() > durable) {
        return bytes > options.maxWaitingBytes();
      }
    }
    return false; // nothing is on its way: what there is goes next
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
    List<SealedSegment> waiting = new ArrayList<>(wal.sealedSegments()); // newest first
    long durable = wal.durableFrameNo();
    waiting.removeIf(segment -> segment.lastFrameNo() <= durable);
    if (waiting.isEmpty()) {
      return; // it has just been stored
    }
    forget(ResyncReason.SEGMENTS_DROPPED);
    SealedSegment oldest = waiting.remove(waiting.size() - 1);
    DroppedSegments all = dropped().orElse(DroppedSegments.none(wal.logId()));
    all.and(waiting, position.frameNo()).write(io, stateDirectory.resolve(DROPPED));
    int pageSize = wal.pageSize();
    wal = null;
    registry.remove(namespace);
    new SegmentDirectory(io, stateDirectory.resolve(SEGMENTS), new BufferPool(0), true)
        .deleteAfter(oldest.startFrameNo());
    open(pageSize);
    whyNoPosition = ResyncReason.SEGMENTS_DROPPED;
  }

  /** A resync is in the log. */
  void resynced() throws IOException {
    wal.swap();
    hashes.doubtNothing();
    io.delete(stateDirectory.resolve(DROPPED));
  }

  private static ResyncReason whyNot(boolean goesOn, boolean outdated) {
    if (goesOn) {
      return ResyncReason.LOG_DIFFERS;
    }
    return outdated ? ResyncReason.STATE_OUTDATED : ResyncReason.DATABASE_REPLACED;
  }

  /**
   * Whether frames of this log were published that it does not have, so that their numbers must not
   * be given to others: the state directory is an older copy.
   */
  private boolean publishedFurther(Optional<LogPosition> folded) throws IOException {
    Optional<PublishedFrame> published =
        options.published().filter(p -> p.logId().equals(position.logId()));
    if (published.isEmpty() || published.get().frameNo() <= position.frameNo()) {
      return false;
    }
    // The position is not synced with each seal: after a power failure the log may go on beyond it.
    long last =
        new SegmentDirectory(io, stateDirectory.resolve(SEGMENTS), new BufferPool(0), true)
            .lastSealedFrameNo(position.logId());
    if (folded.isPresent() && folded.get().logId().equals(position.logId())) {
      last = Math.max(last, folded.get().frameNo());
    }
    if (published.get().frameNo() <= last) {
      return false;
    }
    LOG.warn(
        "{}: log {} was published up to frame {}, and {} knows it up to frame {} only: it is an"
            + " older copy, so a new log begins",
        namespace,
        position.logId(),
        published.get().frameNo(),
        stateDirectory,
        Math.max(last, position.frameNo()));
    return true;
  }

  /**
   * Where a new log's epochs begin. State directory and Connect's offsets may both be lost (another
   * connector name is enough); counted from 1, the epochs of the new log would be refused by all
   * replicas of the old one. As unsigned seconds this lasts until 2106.
   */
  private int secondsNow() {
    return (int) io.now().getEpochSecond();
  }

  private static int laterOf(int epoch, int other) {
    return Integer.compareUnsigned(epoch, other) >= 0 ? epoch : other;
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
    return hashes.areKnown();
  }

  /** Pages of a part of a snapshot: it must fit into what may wait. */
  int pagesOfAPart(int pageSize) {
    long bytes = Math.min(options.snapshotPartBytes(), options.maxWaitingBytes());
    return (int) Math.max(1, Math.min(bytes / pageSize, Integer.MAX_VALUE / 2));
  }

  /** Sealed segments that storage does not have. */
  int waitingSegments() {
    long durable = wal.durableFrameNo();
    return (int) wal.sealedSegments().stream().filter(s -> s.lastFrameNo() > durable).count();
  }

  /** A snapshot in parts begins: until its end nothing is known of the pages. */
  void beginParts() throws IOException {
    hashes.load(wal);
    hashes.distrust();
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
    hashes.replace(
        all,
        new LogPosition(
            wal.logId(), wal.epoch(), wal.lastCommittedFrameNo(), sizePages, wal.pageSize()),
        checksum);
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
    whyNoPosition = reason;
    if (position != null) { // whether or not it can be written
      position = position.withNothing();
    }
    if (wal != null) {
      write(0, 0, Optional.empty(), Optional.empty(), false);
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
    positionFile.write(next.encode(), sync);
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

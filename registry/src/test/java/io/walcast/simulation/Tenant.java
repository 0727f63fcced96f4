package io.walcast.simulation;

import io.walcast.io.Io;
import io.walcast.registry.SharedWal;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** One namespace: what the registry has of it, and what the model knows of it. */
final class Tenant {

  /** What running calls exclude others with; a call that would wait for one is not made. */
  enum Lock {
    WRITER,
    SWAP,
    CHECKPOINT
  }

  /** A sealed segment that is not checkpointed. */
  record Sealed(long startFrameNo, long endFrameNo) {}

  final Namespace namespace;
  final UUID logId;
  final Path directory;
  final History history;
  final FoldedDatabase folded;
  final List<OpenReader> readers = new ArrayList<>();
  final Deque<Sealed> tail = new ArrayDeque<>(); // oldest first
  final Set<Path> strays = new TreeSet<>(); // files whose deletion failed

  Primary primary; // null: it is its own
  boolean isFollowed; // so that it must not lose what a follower may have
  SyncSteps syncing; // null: no sync is running
  final Set<Long> sealedBySwaps = new TreeSet<>(); // last frames: their checksum is stated
  SharedWal wal; // null: not open
  Set<Lock> held = EnumSet.noneOf(Lock.class); // of the log that is open
  boolean swapsInCheckpoint; // which holds the locks of a swap
  boolean building;
  int readersSeen; // counts all that ever came
  int generation; // counts openings
  int epoch;
  long minimumNextFrameNo;
  long mustReach; // the next opening finds at least this
  long mayCutAfter = Long.MAX_VALUE; // the next opening was told to cut what is not sealed
  boolean sealUnknown; // the current segment may have been sealed
  boolean tombstoned;
  long currentStart; // first frame of the current segment
  long sealedFrameNo; // survives a power cut
  long durableFrameNo; // last seen
  long checkpointedFrameNo; // last seen
  long firstCommitNanos;
  long toldFrameNo; // last commit that a listener was told of
  private final Io clock;
  private OpenReader reservedFor; // null: nobody
  private long reservedUntilNanos;
  boolean mayRefuseWrites; // two failures at once: the segment takes no more

  Tenant(
      Namespace namespace,
      UUID logId,
      Path directory,
      Path database,
      DatabaseState first,
      Io clock) {
    this.clock = clock;
    this.namespace = namespace;
    this.logId = logId;
    this.directory = directory;
    this.history = new History(first);
    this.folded = new FoldedDatabase(this, database);
    this.currentStart = first.frameNo() + 1;
    this.sealedFrameNo = first.frameNo();
  }

  boolean isFree(Lock lock) {
    return !held.contains(lock) && (lock != Lock.WRITER || !isReserved());
  }

  /** Keeps the writer's place for a reader whose snapshot was stale. */
  void reserve(OpenReader reader, long untilNanos) {
    reservedFor = reader;
    reservedUntilNanos = untilNanos;
  }

  /** Passes a reservation on, or ends it: {@code null}. */
  void reservationOf(OpenReader reader, OpenReader next) {
    if (reservedFor == reader) {
      reservedFor = next;
    }
  }

  boolean isReserved() {
    return reservedFor != null && clock.nanoTime() < reservedUntilNanos;
  }

  boolean isReservedFor(OpenReader reader) {
    return isReserved() && reservedFor == reader;
  }

  boolean isOpen() {
    return wal != null;
  }

  boolean isIdle() {
    return held.isEmpty() && !building;
  }

  /** Runs a call that holds a lock of the log that is open now. */
  void holding(List<Lock> locks, IoCall call) throws IOException {
    Set<Lock> mine = held;
    mine.addAll(locks);
    try {
      call.run();
    } finally {
      mine.removeAll(locks);
    }
  }

  /** A checkpoint is over, and with it the swap that it may have ended with. */
  void swapsInCheckpointAreOver(SharedWal of) {
    if (wal == of && swapsInCheckpoint) {
      swapsInCheckpoint = false;
      held.removeAll(List.of(Lock.WRITER, Lock.SWAP));
      observe();
    }
  }

  /** Takes over what became visible inside a call that has not returned. */
  void observe() {
    long before = history.committed().frameNo();
    history.observe(wal.lastCommittedFrameNo());
    if (before < currentStart && before != history.committed().frameNo()) {
      firstCommitNanos = clock.nanoTime();
    }
    if (wal.currentFrameCount() == 0) {
      sealed();
    }
  }

  /** The commit in progress has succeeded. */
  void confirmCommit(DatabaseState attempted, long nowNanos) {
    long before = history.committed().frameNo();
    if (history.confirm(attempted)) {
      firstCommitNanos = before < currentStart ? nowNanos : firstCommitNanos;
    }
  }

  /** The current segment was sealed, if it held anything. */
  void sealed() {
    long end = history.committed().frameNo();
    if (end >= currentStart) {
      tail.addLast(new Sealed(currentStart, end));
      currentStart = end + 1;
      sealedFrameNo = end;
      sealedBySwaps.add(end);
    }
  }

  /** Everything up to a frame was folded. */
  void checkpointed(long upToFrameNo) {
    checkpointedFrameNo = upToFrameNo;
    tail.removeIf(segment -> segment.endFrameNo() <= upToFrameNo);
  }

  /** Last frame in the database; the one before the first where nothing was folded. */
  long foldedFrameNo() {
    return folded.position == null ? history.first().frameNo() : folded.position.frameNo();
  }

  /** What a crash at this moment leaves at least. */
  void crashed(boolean powerCut, boolean replica) {
    if (powerCut && replica) {
      sealedBySwaps.clear(); // they were not synced
    }
    if (powerCut) {
      mustReach = Math.max(foldedFrameNo(), replica ? 0 : sealedFrameNo);
    } else if (isOpen()) {
      mustReach = history.committed().frameNo();
    }
  }

  int inFlight() {
    return (int) tail.stream().filter(each -> each.endFrameNo() > durableFrameNo).count();
  }

  Path file(long startFrameNo) {
    return directory.resolve(String.format(Locale.ROOT, "%020d.seg", startFrameNo));
  }

  /** The segment files that must be there. */
  Set<Path> files() {
    Set<Path> files = new TreeSet<>();
    tail.forEach(segment -> files.add(file(segment.startFrameNo())));
    files.add(file(currentStart));
    return files;
  }

  /** The registry has let go of the log, or died. */
  void closed() {
    wal = null;
    generation++;
    reservedFor = null;
    held = EnumSet.noneOf(Lock.class);
    swapsInCheckpoint = false;
    syncing = null;
    tombstoned = false;
    mayRefuseWrites = false;
  }

  @Override
  public String toString() {
    return namespace.name();
  }
}

package io.walcast.registry;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentDirectory;
import io.walcast.storage.SegmentStorage;
import io.walcast.transaction.BusySnapshotException;
import io.walcast.transaction.LogView;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.SnapshotSource;
import io.walcast.transaction.WriteTransaction;
import io.walcast.transaction.WriterBusyException;
import io.walcast.transaction.WriterPlace;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one namespace: the current segment, the tail of sealed ones, and the target that they
 * are folded into. Obtained from {@link WalRegistry#open}. Thread-safe; holds no thread of its own.
 *
 * <p>One write transaction or swap at a time, in the order in which they asked; any number of
 * readers beside them; one checkpoint at a time beside all of these.
 */
public final class SharedWal implements Checkpointable {

  private static final Logger LOG = LoggerFactory.getLogger(SharedWal.class);

  private final Namespace namespace;
  private final OpenRequest request;
  private final Io io;
  private final RegistryOptions options;

  private final LogSegments segments;
  private final WriterPlace writer;
  private final WriterPlace.Turn opening; // until the tail is stored
  private final FrameListeners listeners;
  private final SnapshotSource snapshots;
  private final Durability durability;
  private final LogCheckpoint checkpoint;
  private volatile long swapEndedNs;
  private volatile long swapTookNs;

  private SharedWal(
      Namespace namespace,
      OpenRequest request,
      Io io,
      RegistryOptions options,
      SegmentDirectory directory,
      SegmentStorage storage,
      CheckpointNotifier notifier,
      LogOpening opened)
      throws IOException {
    this.namespace = namespace;
    this.request = request;
    this.io = io;
    this.options = options;
    this.durability = new Durability(namespace, storage, notifier, opened.checkpointedFrameNo());
    this.listeners = new FrameListeners(namespace);
    this.writer = new WriterPlace(namespace, io, options.writerLimits());
    this.opening = writer.take();
    this.swapEndedNs = io.nanoTime();
    this.segments =
        new LogSegments(
            namespace,
            io,
            directory,
            options.syncOnSeal(),
            request.epoch(),
            opened.end(),
            opened.tail());
    this.snapshots = new LogSnapshots(namespace, segments, request.target(), notifier, listeners);
    this.checkpoint =
        new LogCheckpoint(
            segments,
            durability,
            request,
            opened.checkpointedFrameNo(),
            options.checkpointBytes(),
            this::swapIfLeftOver);
  }

  /** Takes over what an opening found and begins a new current segment. */
  static SharedWal open(
      Namespace namespace,
      OpenRequest request,
      Io io,
      RegistryOptions options,
      SegmentDirectory directory,
      SegmentStorage storage,
      CheckpointNotifier notifier)
      throws IOException {
    LogOpening opening = new LogOpening(namespace, request, directory, options.syncOnSeal());
    opening.run();
    boolean opened = false;
    try {
      SharedWal wal =
          new SharedWal(namespace, request, io, options, directory, storage, notifier, opening);
      opened = true;
      return wal;
    } finally {
      if (!opened) {
        opening.close();
      }
    }
  }

  /**
   * Hands the segments that were found, oldest first, to storage or the checkpointer. Called once,
   * when the registry knows this log; the first writer waits for it, so that storage gets segments
   * in order.
   */
  void storeTail() {
    try {
      List<SealedSegment> tail = segments.view().tail().segments();
      for (int i = tail.size() - 1; i >= 0; i--) {
        durability.store(tail.get(i));
      }
    } finally {
      opening.give();
    }
  }

  /** The namespace. */
  public Namespace namespace() {
    return namespace;
  }

  /** Names the log. */
  public UUID logId() {
    return segments.logId();
  }

  /** The epoch that new segments are written in, unsigned. */
  public int epoch() {
    return request.epoch();
  }

  /** Page size in bytes. */
  public int pageSize() {
    return request.pageSize();
  }

  /** Database size in pages after the last commit. */
  public int sizePages() {
    return segments.view().current().committed().sizePages();
  }

  /** Last committed frame; one below the first where there is none. */
  public long lastCommittedFrameNo() {
    return segments.view().current().committed().lastFrameNo();
  }

  /** Highest frame known to be durable in storage; never goes back. */
  public long durableFrameNo() {
    return durability.frameNo();
  }

  /** Last frame folded into the target; 0 where nothing was folded into a log that starts at 1. */
  public long checkpointedFrameNo() {
    return checkpoint.frameNo();
  }

  /** Committed frames in the current segment. */
  public int currentFrameCount() {
    return segments.view().current().committed().frames();
  }

  /** Sealed segments not yet checkpointed. */
  public int tailLength() {
    return segments.view().tail().size();
  }

  /** The sealed segments not yet checkpointed, newest first; retain one to read it. */
  public List<SealedSegment> sealedSegments() {
    return segments.view().tail().segments();
  }

  /** Bytes of segments on disk. */
  public long sizeBytes() {
    LogView now = segments.view();
    return now.current().sizeBytes() + now.tail().sizeBytes();
  }

  /**
   * Takes a snapshot.
   *
   * @throws IOException if the log is closed
   */
  public ReadTransaction beginRead() throws IOException {
    return ReadTransaction.begin(snapshots);
  }

  /**
   * Waits for the writer's place and begins a transaction. Close it in any case: until then nobody
   * else writes or swaps.
   *
   * @throws WriterBusyException if the place does not become free in the time of {@link
   *     RegistryOptions#writerLimits}
   * @throws java.io.InterruptedIOException on an interrupt, which stays set
   * @throws IOException if the log is closed, or takes no more writes after a failure
   * @throws IllegalStateException if this thread has a write transaction open: it would wait for
   *     itself
   */
  public WriteTransaction beginWrite() throws IOException {
    return WriteTransaction.begin(snapshots, writer.take(), request.minimumNextFrameNo());
  }

  /** As {@link #beginWrite}, but empty where it would have to wait. */
  public Optional<WriteTransaction> tryBeginWrite() throws IOException {
    Optional<WriterPlace.Turn> turn = writer.tryTake();
    return turn.isEmpty()
        ? Optional.empty()
        : Optional.of(WriteTransaction.begin(snapshots, turn.get(), request.minimumNextFrameNo()));
  }

  /**
   * Waits for the writer's place and turns a snapshot into a write transaction on top of it. The
   * snapshot is closed by that; when it fails, it stays open.
   *
   * @throws BusySnapshotException if something was committed since the snapshot was taken. The
   *     writer's place is then reserved: {@link ReadTransaction#renew} the snapshot and upgrade the
   *     new one, which goes before all others. Closing the snapshot or its renewal gives the place
   *     up, and so does the time of {@link RegistryOptions#writerLimits}
   * @throws IOException as {@link #beginWrite}
   */
  public WriteTransaction upgrade(ReadTransaction snapshot) throws IOException {
    return WriteTransaction.upgrade(
        snapshots, snapshot, writer, namespace, request.minimumNextFrameNo());
  }

  /**
   * Lets a listener be told of every commit from now on. Whoever waits for a frame listens first
   * and looks at {@link #lastCommittedFrameNo} then, so that no commit comes in between. On a
   * closed log it is told so at once.
   *
   * @return ends that, if closed
   */
  public Closeable onCommit(FrameListener listener) {
    listeners.add(listener);
    if (segments.isClosed()) {
      listeners.closed();
    }
    return () -> listeners.remove(listener);
  }

  /**
   * Commits frames that came out of storage: durable up to {@code storedFrameNo} with the commit,
   * and not before.
   */
  public void commitStored(
      WriteTransaction transaction, int sizeAfter, long databaseChecksum, long storedFrameNo)
      throws IOException {
    durability.arriving(storedFrameNo); // a swap may come between the commit and the rest
    try {
      transaction.commit(sizeAfter, databaseChecksum);
      if (storedFrameNo > durability.frameNo()) {
        durability.raise(storedFrameNo);
      }
    } finally {
      durability.arriving(0);
    }
  }

  /**
   * Seals the current segment, if it holds frames, begins the next and hands the sealed one to
   * storage. When it fails, nothing has changed. Waits for the writer's place.
   *
   * @return whether there was something to seal
   */
  public boolean swap() throws IOException {
    return swap(writer.take());
  }

  private boolean swap(WriterPlace.Turn turn) throws IOException {
    try {
      long start = io.nanoTime();
      Optional<SealedSegment> sealed = segments.swap();
      swapEndedNs = io.nanoTime();
      swapTookNs = swapEndedNs - start;
      sealed.ifPresent(durability::store);
      return sealed.isPresent();
    } finally {
      turn.give();
    }
  }

  /** Swaps if the policy says so. */
  public boolean swapIfDue() throws IOException {
    return isSwapDue() && swap();
  }

  /** Whether the policy says that it is time to swap. */
  public boolean isSwapDue() {
    LogView now = segments.view();
    int frames = now.current().committed().frames();
    if (frames == 0) {
      return false;
    }
    Duration age = Duration.ofNanos(io.nanoTime() - now.current().firstCommitNanos());
    int inFlight = durability.inFlight(now.tail().segments());
    SwapContext context =
        new SwapContext(
            frames,
            age,
            inFlight,
            Duration.ofNanos(io.nanoTime() - swapEndedNs),
            Duration.ofNanos(swapTookNs));
    return options.swapPolicy().isDue(context);
  }

  /**
   * Swaps a current segment that is durable as a whole, because its frames came out of storage, so
   * that it can be folded. While older ones are being folded it may grow instead: {@link
   * #checkpoint} swaps it afterwards, and many small transactions cost one segment.
   */
  public void swapIfDurable() throws IOException {
    LogView now = segments.view();
    boolean waits = !now.tail().isEmpty() && now.current().sizeBytes() < options.checkpointBytes();
    if (!waits && isCurrentDurable()) {
      swap();
    }
  }

  private boolean isCurrentDurable() {
    return currentFrameCount() > 0 && lastCommittedFrameNo() <= durability.frameNo();
  }

  /** Makes what is folded durable. */
  public void force() throws IOException {
    request.target().force();
  }

  /**
   * Raises the durable frame number, never lowers it, and tells the checkpointer. Any thread; does
   * not block.
   */
  public void raiseDurable(long frameNo) {
    durability.raise(frameNo);
  }

  /**
   * Folds the oldest segments that are durable and that no reader pins, one run of them, into the
   * target, and deletes them. Called by the checkpointer.
   *
   * @return whether there is more to do now
   * @throws IOException if the fold failed; nothing has changed then
   */
  @Override
  public boolean checkpoint() throws IOException {
    return checkpoint.run();
  }

  private void swapIfLeftOver() throws IOException {
    if (segments.view().tail().isEmpty() && isCurrentDurable()) {
      Optional<WriterPlace.Turn> turn = writer.tryTake();
      if (turn.isPresent()) { // else the transaction that has it swaps when it ends
        swap(turn.get());
      }
    }
  }

  @Override
  public void checkpointFailed(IOException cause) {
    checkpoint.failed(cause);
  }

  /** Seals what is there for a shutdown; gives up when a write transaction stays open. */
  void sealForShutdown() throws IOException {
    try {
      swap(writer.take(options.shutdownWait()));
    } catch (WriterBusyException e) {
      LOG.warn("a write transaction stays open, its segment is left unsealed", e);
    }
  }

  /**
   * Closes files and target without checkpoint; waits for a running checkpoint or swap, not for
   * transactions.
   */
  synchronized void close() throws IOException {
    if (checkpoint.beginClose()) {
      writer.close();
      listeners.closed();
      List<Closeable> open = segments.files();
      open.add(request.target());
      Closing.all(open);
    }
  }

  CheckpointTarget target() {
    return request.target();
  }
}

package io.walcast.registry;

import io.walcast.io.Io;
import io.walcast.segment.CommitPoint;
import io.walcast.segment.CurrentSegment;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import io.walcast.storage.SegmentStorage;
import io.walcast.transaction.LogView;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.SnapshotSource;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one namespace: the current segment, the tail of sealed ones, and the target that they
 * are folded into. Obtained from {@link WalRegistry#open}. Thread-safe; holds no thread of its own.
 *
 * <p>One write transaction or swap at a time, in the order in which they asked; any number of
 * readers beside them; one checkpoint at a time beside all of these.
 */
public final class SharedWal {

  private static final Logger LOG = LoggerFactory.getLogger(SharedWal.class);

  private final Namespace namespace;
  private final OpenRequest request;
  private final UUID logId;
  private final Io io;
  private final RegistryOptions options;
  private final SegmentDirectory directory;
  private final CheckpointNotifier notifier;
  private final SnapshotSource snapshots = new Snapshots();

  private final WriterPlace writer;
  private final Object viewLock = new Object(); // guards changes of view and closed
  private final Object checkpointLock = new Object(); // held for a whole checkpoint
  private volatile LogView view;
  private volatile boolean closed;
  private final Durability durability;
  private final AtomicLong checkpointedFrameNo;

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
    this.directory = directory;
    this.notifier = notifier;
    LogPosition end = opened.end();
    this.logId = end.logId();
    this.checkpointedFrameNo = new AtomicLong(opened.checkpointedFrameNo());
    this.durability = new Durability(namespace, storage, notifier, opened.checkpointedFrameNo());
    this.writer = new WriterPlace(namespace);
    this.view =
        new LogView(directory.create(header(end.frameNo(), end.sizePages())), opened.tail());
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
      List<SealedSegment> tail = view.tail();
      for (int i = tail.size() - 1; i >= 0; i--) {
        durability.store(tail.get(i));
      }
    } finally {
      writer.give();
    }
  }

  /** The namespace. */
  public Namespace namespace() {
    return namespace;
  }

  /** Names the log. */
  public UUID logId() {
    return logId;
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
    return view.current().committed().sizePages();
  }

  /** Last committed frame; one below the first where there is none. */
  public long lastCommittedFrameNo() {
    return view.current().committed().lastFrameNo();
  }

  /** Highest frame known to be durable in storage; never goes back. */
  public long durableFrameNo() {
    return durability.frameNo();
  }

  /** Last frame folded into the target; 0 where nothing was folded into a log that starts at 1. */
  public long checkpointedFrameNo() {
    return checkpointedFrameNo.get();
  }

  /** Committed frames in the current segment. */
  public int currentFrameCount() {
    return view.current().committed().frames();
  }

  /** Sealed segments not yet checkpointed. */
  public int tailLength() {
    return view.tail().size();
  }

  /** The sealed segments not yet checkpointed, newest first; retain one to read it. */
  public List<SealedSegment> sealedSegments() {
    return view.tail();
  }

  /** Bytes of segments on disk. */
  public long sizeBytes() {
    LogView now = view;
    return now.current().sizeBytes()
        + now.tail().stream().mapToLong(SealedSegment::sizeBytes).sum();
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
   * @throws IOException if the log is closed, or takes no more writes after a failure
   * @throws IllegalStateException if this thread has a write transaction open: it would wait for
   *     itself
   */
  public WriteTransaction beginWrite() throws IOException {
    writer.take();
    boolean begun = false;
    try {
      WriteTransaction transaction =
          WriteTransaction.begin(snapshots, request.minimumNextFrameNo(), writer::give);
      begun = true;
      return transaction;
    } finally {
      if (!begun) {
        writer.give();
      }
    }
  }

  /**
   * Seals the current segment, if it holds frames, begins the next and hands the sealed one to
   * storage. When it fails, nothing has changed. Waits for the writer's place.
   *
   * @return whether there was something to seal
   */
  public boolean swap() throws IOException {
    writer.take();
    try {
      return swapCurrent();
    } finally {
      writer.give();
    }
  }

  /** Swaps if the policy says so. */
  public boolean swapIfDue() throws IOException {
    LogView now = view;
    int frames = now.current().committed().frames();
    if (frames == 0) {
      return false;
    }
    Duration age = Duration.ofNanos(io.nanoTime() - now.current().firstCommitNanos());
    int inFlight = durability.inFlight(now.tail());
    return options.swapPolicy().isDue(new SwapContext(frames, age, inFlight)) && swap();
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
  public boolean checkpoint() throws IOException {
    synchronized (checkpointLock) {
      if (closed) {
        return false;
      }
      CheckpointRun run =
          CheckpointRun.choose(view.tail(), durability.frameNo(), options.checkpointBytes());
      if (run.isEmpty()) {
        return false;
      }
      boolean folded = false;
      try {
        request.target().fold(run.segments());
        folded = true;
      } finally {
        if (!folded) {
          run.release();
        }
      }
      checkpointedFrameNo.set(run.end().frameNo());
      synchronized (viewLock) {
        List<SealedSegment> rest = new ArrayList<>(view.tail());
        rest.removeAll(run.segments());
        view = new LogView(view.current(), rest);
      }
      run.delete();
      request.listener().checkpointed(run.end());
      return run.hasMore();
    }
  }

  /** Tells the listener of a checkpoint that failed. */
  public void checkpointFailed(IOException cause) {
    request.listener().failed(cause);
  }

  /** Seals what is there for a shutdown; gives up when a write transaction stays open. */
  void sealForShutdown() throws IOException {
    if (!writer.tryTake(options.shutdownWait())) {
      LOG.warn("{}: a write transaction stays open, its segment is left unsealed", namespace);
      return;
    }
    try {
      swapCurrent();
    } finally {
      writer.give();
    }
  }

  /** Closes files and target without checkpoint; waits for a running one, not for transactions. */
  void close() throws IOException {
    synchronized (checkpointLock) {
      synchronized (viewLock) {
        if (closed) {
          return;
        }
        closed = true;
      }
      List<Closeable> open = new ArrayList<>(view.tail());
      open.add(view.current());
      open.add(request.target());
      Closing.all(open);
    }
  }

  CheckpointTarget target() {
    return request.target();
  }

  private boolean swapCurrent() throws IOException {
    CurrentSegment current = snapshots.view().current();
    CommitPoint end = current.committed();
    if (end.frames() == 0) {
      return false;
    }
    CurrentSegment next = directory.create(header(end.lastFrameNo(), end.sizePages()));
    SealedSegment sealed;
    boolean swapped = false;
    try {
      sealed = current.seal(io.now(), options.syncOnSeal()); // nothing after this can fail
      swapped = true;
    } finally {
      if (!swapped) {
        directory.discard(next);
      }
    }
    install(next, sealed);
    durability.store(sealed);
    return true;
  }

  private void install(CurrentSegment next, SealedSegment sealed) throws IOException {
    synchronized (viewLock) {
      if (closed) {
        next.close();
        sealed.close();
        throw new IOException(namespace + " was closed; " + sealed + " is sealed");
      }
      List<SealedSegment> tail = new ArrayList<>(view.tail());
      tail.add(0, sealed);
      view = new LogView(next, tail);
    }
  }

  private SegmentHeader header(long lastFrameNo, int sizePages) {
    return new SegmentHeader(
        request.pageSize(),
        lastFrameNo + 1,
        sizePages,
        logId,
        request.epoch(),
        io.randomLong(),
        io.now());
  }

  /** What the transactions see of this log. */
  private final class Snapshots implements SnapshotSource {

    @Override
    public LogView view() throws IOException {
      if (closed) {
        throw new IOException(namespace + " is closed");
      }
      return view;
    }

    @Override
    public void readCheckpointed(int pageNo, ByteBuffer target) throws IOException {
      view(); // a closed log's segments are out of reach, and the target lacks what they hold
      request.target().readPage(pageNo, target);
    }

    @Override
    public void unpinned() {
      if (!view.tail().isEmpty()) {
        notifier.checkpointDue(namespace);
      }
    }
  }
}

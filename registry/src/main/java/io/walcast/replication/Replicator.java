package io.walcast.replication;

import io.walcast.registry.FrameListener;
import io.walcast.registry.SharedWal;
import io.walcast.storage.SegmentStorage;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * Follows a log for one consumer: hands out what was committed since the last time, as one
 * transaction, and tells when there is more. What the consumer has, it never reads again.
 *
 * <pre>
 *   while (following) {
 *     replicator.changed().get();
 *     try (ReplicatedFrames frames = replicator.read()) {
 *       injector.begin();
 *       while (frames.next()) {
 *         injector.insert(frames.frameNo(), frames.pageNo(), frames.page());
 *       }
 *       injector.commit(frames.sizePages(), frames.databaseChecksum());
 *       replicator.taken(frames.endFrameNo());
 *     }
 *   }
 * </pre>
 *
 * <p>For one thread at a time; has none of its own.
 */
public final class Replicator implements Closeable {

  private final SharedWal wal;
  private final SegmentStorage storage;
  private final Closeable registration;
  private volatile long haveFrameNo;
  private volatile CompletableFuture<Void> waiting = new CompletableFuture<>();
  private volatile boolean closed;

  /**
   * Listens to the log until {@link #close}.
   *
   * @param storage where the segments are that are checkpointed already
   * @param haveFrameNo last frame of the log that the consumer has; 0 if it has nothing
   */
  public Replicator(SharedWal wal, SegmentStorage storage, long haveFrameNo) {
    this.wal = wal;
    this.storage = storage;
    this.haveFrameNo = haveFrameNo;
    this.registration = wal.onCommit(new Wakeup());
  }

  /** Last frame that the consumer has. */
  public long haveFrameNo() {
    return haveFrameNo;
  }

  /**
   * Completed once the log has more than the consumer; fails with an {@link IOException} when the
   * log or this is closed. Completed by the thread that commits: what follows on it must neither
   * block nor write, or run elsewhere.
   */
  public CompletableFuture<Void> changed() {
    CompletableFuture<Void> future = new CompletableFuture<>();
    waiting = future;
    if (closed) { // both looked at after the listener can find the future
      fail(future);
    } else if (wal.lastCommittedFrameNo() > haveFrameNo) {
      future.complete(null);
    }
    return future;
  }

  /**
   * Everything that is committed now and that the consumer does not have. Costs nothing yet but a
   * snapshot, which keeps newer segments from being checkpointed until it is closed.
   */
  public ReplicatedFrames read() throws IOException {
    return ReplicatedFrames.open(wal, storage, haveFrameNo);
  }

  /** The consumer has everything up to here now. */
  public void taken(long frameNo) {
    haveFrameNo = Math.max(haveFrameNo, frameNo);
  }

  /** Stops listening; whoever waits is told. */
  @Override
  public void close() throws IOException {
    closed = true;
    registration.close();
    fail(waiting);
  }

  private void fail(CompletableFuture<Void> future) {
    future.completeExceptionally(new IOException(wal.namespace() + " is followed no more"));
  }

  private final class Wakeup implements FrameListener {

    @Override
    public void committed(long frameNo) {
      if (frameNo > haveFrameNo) {
        waiting.complete(null);
      }
    }

    @Override
    public void closed() {
      closed = true;
      fail(waiting);
    }
  }
}

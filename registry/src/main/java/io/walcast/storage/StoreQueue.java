package io.walcast.storage;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sealed segments on their way to a storage: those of one namespace one after the other, those of
 * different ones side by side as far as the executor allows. One that fails holds up its namespace
 * alone and is tried again. Thread-safe; has no thread of its own, so a test can drive it step by
 * step through the executor.
 */
final class StoreQueue {

  private record Job(SealedSegment segment, StoreCallback callback) {}

  /** The segments of one namespace, oldest first. Guarded by the queue. */
  private static final class Lane {
    private final Deque<Job> jobs = new ArrayDeque<>();
    private boolean writing;
  }

  private static final Logger LOG = LoggerFactory.getLogger(StoreQueue.class);

  private final SegmentWriter writer;
  private final Executor executor;
  private final Executor retries;
  private final Map<Namespace, Lane> lanes = new HashMap<>();
  private boolean shutDown;

  /**
   * An empty queue.
   *
   * @param executor where segments are written
   * @param retries runs in a while what it is given
   */
  StoreQueue(SegmentWriter writer, Executor executor, Executor retries) {
    this.writer = writer;
    this.executor = executor;
    this.retries = retries;
  }

  void add(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    if (!segment.retain()) {
      return; // closed since: it is stored when its log is opened again
    }
    boolean first;
    synchronized (this) {
      if (shutDown) {
        release(segment);
        return;
      }
      Lane lane = lanes.computeIfAbsent(namespace, name -> new Lane());
      first = lane.jobs.isEmpty();
      lane.jobs.add(new Job(segment, callback));
    }
    if (first) {
      submit(executor, namespace);
    }
  }

  private void submit(Executor where, Namespace namespace) {
    try {
      where.execute(() -> step(namespace));
    } catch (RejectedExecutionException e) {
      LOG.warn("{}: segments wait for the shutdown, the executor takes no more", namespace, e);
    }
  }

  private void step(Namespace namespace) {
    Optional<Job> job = begin(namespace);
    if (job.isEmpty()) {
      return; // the shutdown is at it, or has done it
    }
    try {
      write(namespace, job.get());
    } catch (IOException e) {
      end(namespace, false);
      submit(retries, namespace);
      return;
    }
    if (end(namespace, true)) {
      submit(executor, namespace);
    }
  }

  private synchronized Optional<Job> begin(Namespace namespace) {
    Lane lane = lanes.get(namespace);
    if (lane == null || lane.writing) {
      return Optional.empty();
    }
    lane.writing = true;
    return Optional.of(lane.jobs.element());
  }

  private void write(Namespace namespace, Job job) throws IOException {
    try {
      writer.write(namespace, job.segment());
    } catch (IOException | RuntimeException e) {
      IOException cause = e instanceof IOException known ? known : new IOException(e);
      LOG.warn("{}: cannot store {}, it is tried again", namespace, job.segment(), cause);
      job.callback().failed(cause);
      throw cause;
    }
    release(job.segment());
    job.callback().durable(job.segment().lastFrameNo());
  }

  /** Ends what {@link #begin} began; returns whether there is more for the namespace. */
  private synchronized boolean end(Namespace namespace, boolean done) {
    Lane lane = lanes.get(namespace);
    lane.writing = false;
    if (done) {
      lane.jobs.remove();
    }
    if (lane.jobs.isEmpty()) {
      lanes.remove(namespace);
    }
    notifyAll();
    return !lane.jobs.isEmpty();
  }

  /**
   * Takes no more, and writes what is there, in this thread too, each once more at most. Returns
   * when nothing is being written.
   */
  void shutdown() {
    synchronized (this) {
      shutDown = true;
    }
    for (Optional<Namespace> next = nextIdle(); next.isPresent(); next = nextIdle()) {
      Namespace namespace = next.get();
      Optional<Job> job = begin(namespace);
      boolean done = false;
      while (job.isPresent()) {
        try {
          write(namespace, job.get());
          done = true;
        } catch (IOException e) { // written about already
          done = false;
        }
        boolean more = end(namespace, done);
        job = done && more ? begin(namespace) : Optional.empty();
        if (!done) {
          giveUp(namespace);
        }
      }
    }
  }

  /** A namespace whose segments nobody writes, once there is one; empty when all is done. */
  private synchronized Optional<Namespace> nextIdle() {
    boolean interrupted = false;
    try {
      while (!lanes.isEmpty()) {
        for (Map.Entry<Namespace, Lane> lane : lanes.entrySet()) {
          if (!lane.getValue().writing) {
            return Optional.of(lane.getKey());
          }
        }
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true; // files must not be closed under a write
        }
      }
      return Optional.empty();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void giveUp(Namespace namespace) {
    Lane lane = lanes.get(namespace);
    if (lane != null && !lane.writing) {
      LOG.warn("{}: {} segments stay on disk, not stored", namespace, lane.jobs.size());
      lanes.remove(namespace);
      lane.jobs.forEach(job -> release(job.segment()));
    }
  }

  private static void release(SealedSegment segment) {
    try {
      segment.release();
    } catch (IOException e) {
      LOG.warn("closing {} failed", segment, e);
    }
  }
}

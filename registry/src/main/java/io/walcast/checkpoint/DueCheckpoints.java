package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.registry.Checkpointable;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints that are due, handed out one by one, and what becomes of each: a namespace that
 * fails is tried again after a while of its own. Has no thread. Thread-safe.
 */
final class DueCheckpoints {

  private static final Logger LOG = LoggerFactory.getLogger(DueCheckpoints.class);

  private final Io io;
  private final CheckpointQueue queue;
  private final ReentrantLock lock = new ReentrantLock(); // guards the queue and everything below
  private final Condition changed = lock.newCondition();
  private boolean stopping;

  DueCheckpoints(Io io, CheckpointOptions options) {
    this.io = io;
    this.queue = new CheckpointQueue(options);
  }

  void notified(Namespace namespace) {
    lock.lock();
    try {
      queue.notified(namespace);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Hands out no more. */
  void stop() {
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The next namespace if one is due; whoever takes it {@linkplain #run runs} its checkpoint. */
  Optional<Namespace> poll() {
    lock.lock();
    try {
      return stopping ? Optional.empty() : queue.take(io.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #poll}, when there is one; empty when it is time to stop. */
  Optional<Namespace> take() {
    lock.lock();
    try {
      Optional<Namespace> next = poll();
      while (next.isEmpty() && !stopping) {
        awaitChange(nanosToNext());
        next = poll();
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** Nanoseconds until one that waits may be due; {@link Long#MAX_VALUE} where none waits. */
  long nanosToNext() {
    lock.lock();
    try {
      return queue.nanosToNextRetry(io.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  private void awaitChange(long nanos) {
    try {
      changed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      stopping = true; // nobody but a dying process interrupts these threads
      changed.signalAll();
    }
  }

  /** Checkpoints a namespace that was taken, if it is open. */
  void run(Function<Namespace, Optional<? extends Checkpointable>> logs, Namespace namespace) {
    Optional<? extends Checkpointable> wal = logs.apply(namespace);
    try {
      boolean more = wal.isPresent() && wal.get().checkpoint();
      succeeded(namespace, more);
    } catch (IOException | RuntimeException | Error e) {
      // An Error too: the JVM throws one when a mapped file is cut, and a namespace that stays
      // marked as running would never be checkpointed again, without anybody being told.
      long delayMs = TimeUnit.NANOSECONDS.toMillis(retryLater(namespace));
      LOG.warn("{}: checkpoint failed, next try in {} ms", namespace, delayMs, e);
      wal.orElseThrow()
          .checkpointFailed(e instanceof IOException known ? known : new IOException(e));
    }
  }

  private void succeeded(Namespace namespace, boolean more) {
    lock.lock();
    try {
      queue.succeeded(namespace, more, io.nanoTime());
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private long retryLater(Namespace namespace) {
    lock.lock();
    try {
      long delay = queue.failed(namespace, io.nanoTime());
      changed.signal();
      return delay;
    } finally {
      lock.unlock();
    }
  }
}

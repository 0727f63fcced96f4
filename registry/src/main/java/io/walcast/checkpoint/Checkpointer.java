package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints the namespaces that it is told of, in a fixed number of daemon threads, each
 * namespace in one at a time. A namespace that fails is tried again after a while of its own; the
 * others do not notice. Thread-safe.
 */
public final class Checkpointer implements CheckpointNotifier, Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

  private final Io io;
  private final CheckpointOptions options;
  private final CheckpointQueue queue;
  private final ReentrantLock lock = new ReentrantLock(); // guards everything below
  private final Condition changed = lock.newCondition();
  private final List<Thread> threads = new ArrayList<>();
  private boolean stopping;

  /** Collects notifications; checkpoints nothing before {@link #start}. */
  public Checkpointer(Io io, CheckpointOptions options) {
    this.io = io;
    this.options = options;
    this.queue = new CheckpointQueue(options);
  }

  /** Starts the threads, once. */
  public void start(WalRegistry registry) {
    lock.lock();
    try {
      for (int i = threads.size(); i < options.threads() && !stopping; i++) {
        Thread thread = new Thread(() -> loop(registry), "walcast-checkpoint-" + i);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    lock.lock();
    try {
      queue.notified(namespace);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Lets running checkpoints end and starts no more. */
  @Override
  public void shutdown() {
    List<Thread> running;
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
      running = List.copyOf(threads);
    } finally {
      lock.unlock();
    }
    for (Thread thread : running) {
      join(thread);
    }
  }

  /** The same as {@link #shutdown}. */
  @Override
  public void close() {
    shutdown();
  }

  private void loop(WalRegistry registry) {
    for (Optional<Namespace> next = take(); next.isPresent(); next = take()) {
      try {
        checkpoint(registry, next.get());
      } catch (RuntimeException e) {
        LOG.error("{}: its checkpoint listener failed", next.get(), e);
      }
    }
  }

  /** The next namespace, when there is one; empty when it is time to stop. */
  private Optional<Namespace> take() {
    lock.lock();
    try {
      Optional<Namespace> next = stopping ? Optional.empty() : queue.take(io.nanoTime());
      while (next.isEmpty() && !stopping) {
        awaitChange(queue.nanosToNextRetry(io.nanoTime()));
        next = stopping ? Optional.empty() : queue.take(io.nanoTime());
      }
      return next;
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

  private void checkpoint(WalRegistry registry, Namespace namespace) {
    Optional<SharedWal> wal = registry.get(namespace);
    try {
      boolean more = wal.isPresent() && wal.get().checkpoint();
      lock.lock();
      try {
        queue.succeeded(namespace, more, io.nanoTime());
        changed.signal();
      } finally {
        lock.unlock();
      }
    } catch (IOException | RuntimeException | Error e) {
      // An Error too: the JVM throws one when a mapped file is cut, and a namespace that stays
      // marked as running would never be checkpointed again, without anybody being told.
      long delayMs = TimeUnit.NANOSECONDS.toMillis(retryLater(namespace));
      LOG.warn("{}: checkpoint failed, next try in {} ms", namespace, delayMs, e);
      wal.orElseThrow()
          .checkpointFailed(e instanceof IOException known ? known : new IOException(e));
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

  private static void join(Thread thread) {
    boolean interrupted = false;
    boolean joined = false;
    while (!joined) {
      try {
        thread.join();
        joined = true;
      } catch (InterruptedException e) {
        interrupted = true; // files must not be closed under a running checkpoint
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

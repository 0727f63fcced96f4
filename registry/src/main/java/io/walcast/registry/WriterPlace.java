package io.walcast.registry;

import io.walcast.segment.Namespace;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The one place for whoever writes to a log or swaps it, given in the order of asking. Taken at
 * first, until {@link #give} is called once. Thread-safe; may be given up by another thread than
 * took it.
 */
final class WriterPlace {

  private final Namespace namespace;
  private final Semaphore place = new Semaphore(0, true);
  private volatile Thread holder;

  WriterPlace(Namespace namespace) {
    this.namespace = namespace;
  }

  /**
   * Waits for the place.
   *
   * @throws IllegalStateException if this thread has it, and so would wait for itself
   */
  void take() {
    if (holder == Thread.currentThread()) {
      throw new IllegalStateException(namespace + ": this thread has a write transaction open");
    }
    place.acquireUninterruptibly();
    holder = Thread.currentThread();
  }

  /** Waits so long for the place; {@code false} if it did not become free, or on an interrupt. */
  boolean tryTake(Duration atMost) {
    try {
      boolean taken = place.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS);
      if (taken) {
        holder = Thread.currentThread();
      }
      return taken;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void give() {
    holder = null;
    place.release();
  }
}

package io.walcast.connector.sink;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Wakes the task's thread when a fold ended, well or not. Thread-safe. */
final class FoldSignal {

  /** Tells that a fold ended. */
  synchronized void raise() {
    notifyAll();
  }

  /**
   * Waits until the condition holds, looking again at each signal.
   *
   * @return whether it holds; false after the time is over, or when the thread was interrupted,
   *     which leaves it interrupted
   */
  synchronized boolean await(BooleanSupplier condition, long timeoutMs) {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (!condition.getAsBoolean()) {
      long leftNs = deadlineNs - System.nanoTime();
      if (leftNs <= 0) {
        return false;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, leftNs);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}

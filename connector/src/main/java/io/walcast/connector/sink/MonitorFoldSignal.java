package io.walcast.connector.sink;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A {@link FoldSignal} between threads. */
final class MonitorFoldSignal implements FoldSignal {

  @Override
  public synchronized void raise() {
    notifyAll();
  }

  @Override
  public synchronized boolean await(BooleanSupplier condition, long timeoutMs) {
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

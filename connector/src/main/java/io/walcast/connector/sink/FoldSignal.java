package io.walcast.connector.sink;

import java.util.function.BooleanSupplier;

/** Wakes the task's thread when a fold ended, well or not. Thread-safe. */
interface FoldSignal {

  /** Tells that a fold ended. */
  void raise();

  /**
   * Waits until the condition holds, looking again at each signal.
   *
   * @return whether it holds; false after the time is over, or when the thread was interrupted,
   *     which leaves it interrupted
   */
  boolean await(BooleanSupplier condition, long timeoutMs);
}

package io.walcast.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Waits for something to become true by asking again, so that tests need no bare sleeps. Stateless;
 * the question is asked on the calling thread.
 */
public final class Eventually {
  private static final long PAUSE_MS = 20;

  private Eventually() {}

  /** Returns once {@code condition} answers true. */
  public static void until(Duration timeout, String what, Callable<Boolean> condition) {
    until(timeout, what, condition, Boolean::booleanValue);
  }

  /**
   * Returns the first observed value that {@code accepted} accepts. An exception from {@code
   * observe} counts as an observation, since what is being waited for may not be there yet.
   *
   * @throws AssertionError after {@code timeout}, with {@code what} and the last observation
   */
  public static <T> T until(
      Duration timeout, String what, Callable<T> observe, Predicate<? super T> accepted) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Object last;
      Exception failure = null;
      try {
        T value = observe.call();
        if (accepted.test(value)) {
          return value;
        }
        last = value;
      } catch (InterruptedException e) {
        throw interrupted(what, e);
      } catch (Exception e) {
        last = e;
        failure = e;
      }
      if (System.nanoTime() >= deadline) {
        throw new AssertionError(
            "not within " + timeout + ": " + what + "; last observed: " + last, failure);
      }
      pause(what);
    }
  }

  private static void pause(String what) {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
  }

  private static IllegalStateException interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting: " + what, e);
  }
}

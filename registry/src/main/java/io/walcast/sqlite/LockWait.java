package io.walcast.sqlite;

import io.walcast.io.Io;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Trying again within a bound. POSIX locks can be waited for only without a bound, and SQLite's
 * slots are held for microseconds, so the first tries spin. Used by one thread.
 */
final class LockWait {

  private static final int SPINS = 20;
  private static final int SHORT_PAUSES = 200;
  private static final long SHORT_PAUSE_NS = 50_000;
  private static final long LONG_PAUSE_NS = 1_000_000;

  private final Io io;
  private final long endNs;
  private int tries;

  LockWait(Io io, Duration atMost) {
    this.io = io;
    this.endNs = io.nanoTime() + atMost.toNanos();
  }

  /** Pauses before the next try; {@code false} once the time is up. */
  boolean again() {
    if (io.nanoTime() - endNs >= 0) {
      return false;
    }
    if (tries < SPINS) {
      Thread.onSpinWait();
    } else {
      LockSupport.parkNanos(tries < SHORT_PAUSES ? SHORT_PAUSE_NS : LONG_PAUSE_NS);
    }
    tries++;
    return true;
  }

  /** Pauses, or tells which lock of which database could not be had. */
  void againOrFail(Path database, String lock) throws IOException {
    if (!again()) {
      throw new DatabaseLockedException(
          "database " + database + " is locked: another connection holds " + lock);
    }
  }
}

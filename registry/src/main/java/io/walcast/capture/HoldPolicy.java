package io.walcast.capture;

import io.walcast.io.Io;
import java.time.Duration;

/**
 * Decides whether the lock on the database file is shared. With {@link WalHold#AUTO} it is shared
 * for a minute after a last close was seen, and for twice as long after each further one, up to an
 * hour: a program that opens, writes and closes all the time costs a snapshot now and then instead
 * of one each time. Used by one thread.
 */
final class HoldPolicy {

  static final Duration FIRST_HOLD = Duration.ofSeconds(60);
  static final Duration LONGEST_HOLD = Duration.ofHours(1);

  private final WalHold mode;
  private final Io io;
  private long holdNs = FIRST_HOLD.toNanos();
  private long untilNs;
  private boolean closeSeen;

  HoldPolicy(WalHold mode, Io io) {
    this.mode = mode;
    this.io = io;
  }

  /** Whether to hold the lock now. */
  boolean wantsHold() {
    return switch (mode) {
      case ALWAYS -> true;
      case NEVER -> false;
      case AUTO -> closeSeen && io.nanoTime() - untilNs < 0;
    };
  }

  /** A last close has deleted the WAL. */
  void lastCloseSeen() {
    closeSeen = true;
    untilNs = io.nanoTime() + holdNs;
    holdNs = Math.min(2 * holdNs, LONGEST_HOLD.toNanos());
  }
}

package io.walcast.connector.source;

import java.time.Instant;
import java.util.function.Supplier;

/**
 * Holds publication back while the clock may still give another log the same epoch. A new log takes
 * its epoch from the clock, in seconds, and each opening adds one: so nothing is published in an
 * epoch before the clock is past it, and a log that begins after all is lost begins above it.
 *
 * <p>That takes a second at most for a new log, and nothing for an older one. An epoch that is far
 * ahead tells of a clock that was set back: that is not waited for. Thread-safe.
 */
final class EpochHold {

  /** How many seconds ahead of the clock an epoch is waited for. */
  static final long MOST_SECONDS = 10;

  private static final long SECOND_NS = 1_000_000_000L;

  private final Supplier<Instant> clock;

  EpochHold(Supplier<Instant> clock) {
    this.clock = clock;
  }

  /** For how many nanoseconds yet nothing may be published in an epoch; 0: it may be now. */
  long remainingNs(int epoch) {
    Instant now = clock.get();
    long ahead = Integer.toUnsignedLong(epoch) - now.getEpochSecond();
    boolean held = ahead >= 0 && ahead <= MOST_SECONDS;
    return held ? (ahead + 1) * SECOND_NS - now.getNano() : 0;
  }
}

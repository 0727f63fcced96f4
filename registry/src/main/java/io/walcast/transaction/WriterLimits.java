package io.walcast.transaction;

import java.time.Duration;

/**
 * How long the writer's place may be waited for and kept.
 *
 * @param inLine how long a writer, an upgrade or a swap waits for its turn before it fails with
 *     {@link WriterBusyException}
 * @param reservation how long the place is kept for a reader whose upgrade met a stale snapshot;
 *     after that the next in line has it
 */
public record WriterLimits(Duration inLine, Duration reservation) {

  /** Checks that both are positive. */
  public WriterLimits {
    for (Duration limit : new Duration[] {inLine, reservation}) {
      if (limit.isZero() || limit.isNegative()) {
        throw new IllegalArgumentException("not a positive time: " + limit);
      }
    }
  }

  /** Five minutes and one second. */
  public static WriterLimits defaults() {
    return new WriterLimits(Duration.ofMinutes(5), Duration.ofSeconds(1));
  }
}

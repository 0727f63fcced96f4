package io.walcast.registry;

import java.time.Duration;

/** When the current segment is sealed and the next begun. Stateless, so for any thread. */
@FunctionalInterface
public interface SwapPolicy {

  /** Whether it is time. */
  boolean isDue(SwapContext context);

  /** Due when both are. */
  default SwapPolicy and(SwapPolicy other) {
    return context -> isDue(context) && other.isDue(context);
  }

  /** Due when either is. */
  default SwapPolicy or(SwapPolicy other) {
    return context -> isDue(context) || other.isDue(context);
  }

  /** Due at this many frames. */
  static SwapPolicy frameCount(long frames) {
    return context -> context.frames() >= frames;
  }

  /** Due when the first frame is this old. */
  static SwapPolicy age(Duration age) {
    return context -> context.age().compareTo(age) >= 0;
  }

  /**
   * Due as soon as everything sealed is durable: low latency at rest, large segments under load.
   */
  static SwapPolicy whenNothingInFlight() {
    return context -> context.segmentsInFlight() == 0;
  }

  /**
   * Due where swaps have had a rest of this many times as long as the last one took. To be combined
   * with others: so syncing takes a bounded share of the time, however slow the disk is, and leaves
   * the rest of it to the application.
   */
  static SwapPolicy rested(int times) {
    return context -> context.sinceSwap().compareTo(context.swapTook().multipliedBy(times)) >= 0;
  }

  /** 5 minutes, or 20,000 frames, or 1,000 frames and 30 seconds. */
  static SwapPolicy standard() {
    return age(Duration.ofMinutes(5))
        .or(frameCount(20_000))
        .or(frameCount(1_000).and(age(Duration.ofSeconds(30))));
  }
}

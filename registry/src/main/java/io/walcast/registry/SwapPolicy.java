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

  /** 5 minutes, or 20,000 frames, or 1,000 frames and 30 seconds. */
  static SwapPolicy standard() {
    return age(Duration.ofMinutes(5))
        .or(frameCount(20_000))
        .or(frameCount(1_000).and(age(Duration.ofSeconds(30))));
  }
}

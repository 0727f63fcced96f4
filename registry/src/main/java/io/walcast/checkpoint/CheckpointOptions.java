package io.walcast.checkpoint;

import java.time.Duration;

/**
 * How the checkpointer works.
 *
 * @param threads checkpoints at a time
 * @param firstRetry wait after a namespace's first failure in a row; doubles with each further one
 * @param longestRetry longest wait
 * @param rest least time between two checkpoints of a namespace that has caught up, so that many
 *     small segments are folded together
 */
public record CheckpointOptions(
    int threads, Duration firstRetry, Duration longestRetry, Duration rest) {

  /** Without rest. */
  public CheckpointOptions(int threads, Duration firstRetry, Duration longestRetry) {
    this(threads, firstRetry, longestRetry, Duration.ZERO);
  }

  /** Two at a time; retries after 100 ms, at most 30 s apart; no rest. */
  public static CheckpointOptions defaults() {
    return new CheckpointOptions(2, Duration.ofMillis(100), Duration.ofSeconds(30));
  }

  /** The same with another rest. */
  public CheckpointOptions withRest(Duration least) {
    return new CheckpointOptions(threads, firstRetry, longestRetry, least);
  }
}

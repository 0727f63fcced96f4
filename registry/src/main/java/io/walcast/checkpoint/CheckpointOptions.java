package io.walcast.checkpoint;

import java.time.Duration;

/**
 * How the checkpointer works.
 *
 * @param threads checkpoints at a time
 * @param firstRetry wait after a namespace's first failure in a row; doubles with each further one
 * @param longestRetry longest wait
 */
public record CheckpointOptions(int threads, Duration firstRetry, Duration longestRetry) {

  /** Two at a time; retries after 100 ms, at most 30 s apart. */
  public static CheckpointOptions defaults() {
    return new CheckpointOptions(2, Duration.ofMillis(100), Duration.ofSeconds(30));
  }
}

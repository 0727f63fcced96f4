package io.walcast.sqlite;

import java.time.Duration;

/**
 * How a live database treats its native WAL.
 *
 * @param checkpointFrames a checkpoint that waits for nobody is tried after each transaction that
 *     leaves at least so many frames in the WAL
 * @param walLimitFrames with at least so many frames in the WAL the next transaction first waits
 *     for readers to leave
 * @param limitWait how long it waits; then it is applied all the same, and the wait counted
 * @param lockWait how long to wait for a lock that another process holds before failing
 */
public record LiveOptions(
    int checkpointFrames, int walLimitFrames, Duration limitWait, Duration lockWait) {

  /** Checks the values. */
  public LiveOptions {
    if (checkpointFrames < 1 || walLimitFrames < checkpointFrames) {
      throw new IllegalArgumentException(
          "need 1 <= checkpointFrames <= walLimitFrames, not "
              + checkpointFrames
              + " and "
              + walLimitFrames);
    }
    if (limitWait.isNegative() || lockWait.isNegative()) {
      throw new IllegalArgumentException("waits must not be negative");
    }
  }

  /**
   * 4,000 frames, a limit of 100,000 frames, waits of 1 s and 10 s. SQLite's own 1,000 frames would
   * be 3 syncs for every 500 transactions of one page, each of which takes page 1 with it; and
   * readers have up to 4,062 frames in one block of the wal-index.
   */
  public static LiveOptions defaults() {
    return new LiveOptions(4_000, 100_000, Duration.ofSeconds(1), Duration.ofSeconds(10));
  }
}

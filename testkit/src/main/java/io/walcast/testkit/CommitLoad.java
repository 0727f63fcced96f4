package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * An application in a process of its own that does nothing but commit small transactions with stock
 * SQLite, and measures how long each takes. For benchmarks. Any thread may call any method.
 */
public final class CommitLoad implements AutoCloseable {
  private final ReportingProcess process;
  private final Duration duration;

  private CommitLoad(ReportingProcess process, Duration duration) {
    this.process = process;
    this.duration = duration;
  }

  /**
   * Starts committing.
   *
   * @param perSecond commits a second; 0 for as many as it can
   * @param checkpointEvery commits between TRUNCATE checkpoints; 0 for none
   */
  public static CommitLoad start(
      Path database, Duration duration, int perSecond, int checkpointEvery) {
    return new CommitLoad(
        ReportingProcess.start(
            CommitLoop.class,
            List.of(
                database.toString(),
                Long.toString(duration.toMillis()),
                Integer.toString(perSecond),
                Integer.toString(checkpointEvery))),
        duration);
  }

  /** Waits for its end. */
  public Result await() {
    Report report = process.awaitResult(duration.plus(Duration.ofMinutes(1)));
    return new Result(
        report.get("commits"),
        report.get("commits") * 1e9 / report.get("elapsedNs"),
        report.get("p50Ns"),
        report.get("p99Ns"),
        report.get("checkpoints"),
        report.get("busyCheckpoints"),
        report.get("slowestCheckpointNs"),
        process.findings().stream().mapToLong(Long::parseLong).toArray());
  }

  /** SIGKILL. */
  @Override
  public void close() {
    process.kill();
  }

  /**
   * What was measured.
   *
   * @param p50Ns median of the time that one commit took, in nanoseconds
   * @param p99Ns its 99th percentile
   * @param busyCheckpoints checkpoints that gave up
   * @param commitNs when each commit had returned, by {@link System#nanoTime}, which on one Linux
   *     machine all processes share; empty without a rate
   */
  public record Result(
      long commits,
      double commitsPerSecond,
      long p50Ns,
      long p99Ns,
      long checkpoints,
      long busyCheckpoints,
      long slowestCheckpointNs,
      long[] commitNs) {}
}

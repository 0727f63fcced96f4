package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * An application in a process of its own that updates rows of {@code load(id INTEGER PRIMARY KEY, b
 * BLOB)}, each of which fills a page of 4,096 bytes, with stock SQLite and {@code
 * synchronous=NORMAL}; the same rows each time. For benchmarks.
 */
public final class UpdateLoad {
  private UpdateLoad() {}

  /**
   * Runs to its end.
   *
   * @param autoCheckpointFrames as the pragma; 0 leaves everything in the WAL
   * @return nanoseconds that the transactions took
   */
  public static long run(
      Path database, int rows, int rowsPerTransaction, int transactions, int autoCheckpointFrames) {
    ReportingProcess process =
        ReportingProcess.start(
            UpdateLoop.class,
            List.of(
                database.toString(),
                Integer.toString(rows),
                Integer.toString(rowsPerTransaction),
                Integer.toString(transactions),
                Integer.toString(autoCheckpointFrames)));
    try (process) {
      return process.awaitResult(Duration.ofMinutes(5)).get("elapsedNs");
    }
  }
}

package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A reader in a process of its own that notes when the rows of a {@link CommitLoad} become visible
 * in a replica, about every 0.2 ms. For benchmarks. Any thread may call any method.
 */
public final class ArrivalReader implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ReportingProcess process;

  private ArrivalReader(ReportingProcess process) {
    this.process = process;
  }

  /** Starts on a replica that has the load's table. */
  public static ArrivalReader start(Path replica) {
    return new ArrivalReader(
        ReportingProcess.start(ArrivalLoop.class, List.of(replica.toAbsolutePath().toString())));
  }

  /**
   * Waits until a row is visible, and ends.
   *
   * @return when each highest id was first seen, by {@link System#nanoTime}, which on one Linux
   *     machine all processes share
   */
  public NavigableMap<Long, Long> awaitAndFinish(long id) {
    Eventually.until(PATIENCE, "row " + id, () -> arrivals(), seen -> seen.lastKey() >= id);
    process.askToStop();
    process.awaitResult(PATIENCE);
    return arrivals();
  }

  private NavigableMap<Long, Long> arrivals() {
    NavigableMap<Long, Long> arrivals = new TreeMap<>();
    arrivals.put(0L, Long.MIN_VALUE);
    for (String finding : process.findings()) {
      String[] words = finding.split(" ");
      arrivals.put(Long.parseLong(words[0]), Long.parseLong(words[1]));
    }
    return arrivals;
  }

  /** SIGKILL. */
  @Override
  public void close() {
    process.kill();
  }
}

package io.walcast.examples;

import io.walcast.testkit.ArrivalReader;
import io.walcast.testkit.CommitLoad;
import io.walcast.testkit.EmbeddedBroker;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.NavigableMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long a commit of an application takes to be visible to a reader of the replica: both are
 * processes of their own with stock SQLite, between them a broker and a Connect worker with the
 * connectors of {@code config/}. Asserts nothing; run it with {@code ./mvnw -Pbenchmark verify}.
 */
class LatencyBenchmark {

  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 3);
  private static final int PER_SECOND = 200;
  private static final Duration DURATION = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void commitToVisible() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
        Pipeline pipeline = Pipeline.start(directory, "latency", broker)) {
      Path database = pipeline.database("app");
      try (SqliteConnection connection = pipeline.oracle().open(database)) {
        connection.execute("PRAGMA journal_mode=WAL");
        connection.execute("CREATE TABLE load(id INTEGER PRIMARY KEY, b BLOB)");
        pipeline.createConnectors();
        pipeline.assertReplicaBecomesEqual("app");
        for (int round = 1; round <= ROUNDS; round++) {
          measure(round, database, pipeline.replica("app"), connection);
        }
      }
    }
  }

  private static void measure(int round, Path database, Path replica, SqliteConnection primary)
      throws IOException {
    try (ArrivalReader reader = ArrivalReader.start(replica);
        CommitLoad load = CommitLoad.start(database, DURATION, PER_SECOND, 0)) {
      long[] commitNs = load.await().commitNs();
      long last = Long.parseLong(primary.queryOne("SELECT max(id) FROM load"));
      NavigableMap<Long, Long> arrivals = reader.awaitAndFinish(last);
      long[] latencies = new long[commitNs.length];
      for (int i = 0; i < commitNs.length; i++) {
        long id = last - commitNs.length + 1 + i;
        latencies[i] = arrivals.ceilingEntry(id).getValue() - commitNs[i];
      }
      Arrays.sort(latencies);
      System.out.printf(
          "round %d: %d commits at %d a second, commit to visible: p50 %.1f ms, p99 %.1f ms,"
              + " longest %.1f ms%n",
          round,
          latencies.length,
          PER_SECOND,
          latencies[latencies.length / 2] / 1e6,
          latencies[latencies.length * 99 / 100] / 1e6,
          latencies[latencies.length - 1] / 1e6);
    }
  }
}

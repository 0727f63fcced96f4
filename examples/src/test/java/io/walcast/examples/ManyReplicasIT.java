package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A new sink with two tasks and {@code -Dwalcast.namespaces} databases on the eight partitions of
 * one topic: all replicas come out of what is announced, by a worker with little heap.
 */
class ManyReplicasIT {

  private static final int NAMESPACES = Integer.getInteger("walcast.namespaces", 60);
  private static final int ROUNDS = 4;
  private static final int HEAP_MB = 256;

  @TempDir Path brokerDirectory;
  @TempDir Path directory;

  @Test
  void aNewSinkHasThemAllCurrent() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(brokerDirectory);
        Pipeline pipeline = Pipeline.start(directory, "many", broker, "-Xmx" + HEAP_MB + "m")) {
      List<String> namespaces =
          IntStream.range(0, NAMESPACES).mapToObj(i -> "shop" + i % 10 + "/db" + i).toList();
      for (String namespace : namespaces) {
        fill(pipeline, namespace);
      }
      pipeline.createSource(Map.of());
      AnnouncedTopic announced = new AnnouncedTopic(broker.bootstrapServers(), "many");
      announced.awaitNamespaces(NAMESPACES);
      for (int round = 0; round < ROUNDS; round++) {
        for (String namespace : namespaces) {
          change(pipeline, namespace, round);
        }
      }
      announced.awaitAnnounced(pipeline, namespaces.get(NAMESPACES - 1));
      long startNs = System.nanoTime();
      pipeline.createSink(Map.of("tasks.max", "2", "sync.min.bytes", "0"));
      for (String namespace : namespaces) {
        pipeline.assertReplicaBecomesEqual(namespace);
      }
      report(pipeline, (System.nanoTime() - startNs) / 1e9);
      assertThat(syncs(pipeline)).isGreaterThanOrEqualTo(NAMESPACES / 2);
    }
  }

  private static void fill(Pipeline pipeline, String namespace) throws IOException {
    try (SqliteConnection connection = pipeline.oracle().open(pipeline.database(namespace))) {
      connection.execute("PRAGMA journal_mode=WAL");
      connection.execute("PRAGMA synchronous=OFF");
      connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
      connection.execute(
          "INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
              + " i < 60) SELECT randomblob(900) FROM n");
    }
  }

  private static void change(Pipeline pipeline, String namespace, int round) throws IOException {
    try (SqliteConnection connection = pipeline.oracle().open(pipeline.database(namespace))) {
      connection.execute("PRAGMA synchronous=OFF");
      connection.execute("UPDATE t SET v = randomblob(900) WHERE id % " + ROUNDS + " = " + round);
    }
  }

  private static long syncs(Pipeline pipeline) throws IOException {
    try (Stream<String> lines = Files.lines(pipeline.worker().logFile())) {
      return lines.filter(line -> line.contains(": synced, ")).count();
    }
  }

  private static void report(Pipeline pipeline, double seconds) throws IOException {
    System.out.printf(
        "%d namespaces, sink with two tasks: all equal after %.1f s, %d syncs, heap of the worker"
            + " at most %d MB%n",
        NAMESPACES, seconds, syncs(pipeline), HEAP_MB);
  }
}

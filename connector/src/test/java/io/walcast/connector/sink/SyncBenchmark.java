package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.EmbeddedBroker;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A database that is rewritten many times over: a fresh replica by sync against one by replay of
 * the whole topic, in one run, in a JVM that has done both before, as a worker's: the sync that is
 * compared comes last, and what the first one took is told, too. Snapshots come as often as the
 * source's policy has them at most, or less, so that replay is not made to look worse than it is.
 */
class SyncBenchmark {

  private static final int ROWS = Integer.getInteger("walcast.rows", 100_000);
  private static final int REWRITES = Integer.getInteger("walcast.rewrites", 50);
  private static final int TRANSACTIONS = 10; // a rewrite has
  private static final int REWRITES_PER_SNAPSHOT = 10;
  private static final int PAGE_SIZE = 4096;
  private static final int HEAP_MB = 1024;

  @TempDir Path directory;

  @Test
  void freshReplica() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
        SqliteProcess sqlite = SqliteProcess.start(HEAP_MB);
        Primary primary = new Primary(sqlite, directory.resolve("a.db"), PAGE_SIZE);
        SyncTopic topic = new SyncTopic(broker.bootstrapServers(), "frames")) {
      primary.sql.execute("PRAGMA synchronous = OFF");
      primary.sql.execute("DELETE FROM t");
      primary.sql.execute(
          "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
              + ROWS
              + ") SELECT i, randomblob(970) FROM n");
      for (int i = 0; i < REWRITES; i++) {
        if (i % REWRITES_PER_SNAPSHOT == 0) {
          topic.publishAnnounced("a", primary.snapshot());
        }
        rewrite(primary, topic, TRANSACTIONS);
      }
      rewrite(primary, topic, TRANSACTIONS / 2);
      long databaseBytes = Files.size(directory.resolve("a.db"));
      long historyBytes = topic.end() * (PAGE_SIZE + 68L);
      System.out.printf(
          Locale.ROOT, "database %,d bytes, history %,d bytes%n", databaseBytes, historyBytes);

      Took cold = sync(topic, primary, "cold");
      Took replay = replay(topic, primary);
      Took sync = sync(topic, primary, "sync");
      for (String way : List.of("cold", "sync", "replay")) {
        assertThat(sqlite.pageImage(directory.resolve(way).resolve("a.db")))
            .isEqualTo(primary.image());
      }
      double times = (double) replay.ns() / sync.ns();
      double share = (double) sync.bytes() / databaseBytes;
      System.out.printf(
          Locale.ROOT,
          "sync %.2f s (%.2f s as the first thing that the JVM did), replay %.2f s: %.1f times;"
              + " %,d bytes by sync: %.2f of the database%n",
          sync.ns() / 1e9,
          cold.ns() / 1e9,
          replay.ns() / 1e9,
          times,
          sync.bytes(),
          share);
      stoppedForAWhile(topic, primary);
      assertThat(share).isLessThanOrEqualTo(1.3);
      assertThat(times).isGreaterThanOrEqualTo(10);
    }
  }

  private record Took(long ns, long bytes) {}

  private Took sync(SyncTopic topic, Primary primary, String replicas) throws Exception {
    long startNs = System.nanoTime();
    try (SyncedTask task =
        new SyncedTask(topic, Files.createDirectory(directory.resolve(replicas)), 0, Map.of())) {
      task.awaitApplied("a", primary.lastFrameNo);
      long tookNs = System.nanoTime() - startNs;
      assertThat(task.syncs()).isEqualTo(1);
      return new Took(tookNs, task.syncedBytes() + task.deliveredBytes());
    }
  }

  private Took replay(SyncTopic topic, Primary primary) throws Exception {
    Map<String, String> without = Map.of(WalSinkConfig.SYNC_ENABLED, "false");
    long startNs = System.nanoTime();
    try (SyncedTask task =
        new SyncedTask(topic, Files.createDirectory(directory.resolve("replay")), 0, without)) {
      task.awaitApplied("a", primary.lastFrameNo);
      return new Took(System.nanoTime() - startNs, task.deliveredBytes());
    }
  }

  /** A replica that was stopped for a hundredth of the history. */
  private void stoppedForAWhile(SyncTopic topic, Primary primary) throws Exception {
    long stoppedAt = topic.end();
    rewrite(primary, topic, Math.max(1, REWRITES * TRANSACTIONS / 100));
    long missedBytes = (topic.end() - stoppedAt) * (PAGE_SIZE + 68L);
    try (SyncedTask task = new SyncedTask(topic, directory.resolve("sync"), stoppedAt, Map.of())) {
      task.awaitApplied("a", primary.lastFrameNo);
      long read = task.syncedBytes() + task.deliveredBytes();
      System.out.printf(
          Locale.ROOT,
          "stopped for 1 %% of the history, %,d bytes: %,d bytes read, %.2f of them%n",
          missedBytes,
          read,
          (double) read / missedBytes);
    }
  }

  private static void rewrite(Primary primary, SyncTopic topic, int transactions) throws Exception {
    for (int i = 0; i < transactions; i++) {
      primary.sql.execute(
          "UPDATE t SET v = randomblob(970) WHERE id > "
              + (long) ROWS * i / TRANSACTIONS
              + " AND id <= "
              + (long) ROWS * (i + 1) / TRANSACTIONS);
      topic.publishAnnounced("a", primary.changes());
    }
  }
}

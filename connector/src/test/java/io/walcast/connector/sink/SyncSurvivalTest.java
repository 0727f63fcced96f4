package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.BrokerProcess;
import io.walcast.testkit.SqliteProcess;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.management.JMException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sync reads is taken away while it reads: by the broker, by retention, by compaction. */
class SyncSurvivalTest {

  /** Small fetches, so that there is a middle of a sync. */
  private static final Map<String, String> SMALL_FETCHES =
      Map.of("kafka.consumer.max.partition.fetch.bytes", "16384");

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static BrokerProcess broker;
  private static SqliteProcess process;

  @BeforeAll
  static void start() {
    process = SqliteProcess.start();
    broker = BrokerProcess.start(brokerDirectory);
  }

  @AfterAll
  static void stop() {
    broker.close();
    process.close();
  }

  private static void change(SyncTopic topic, Primary primary) throws Exception {
    primary.sql.execute("UPDATE t SET v = randomblob(300)");
    topic.publishAnnounced("a", primary.changes());
  }

  private void assertEqual(SyncedTask task, Path replicas, Primary primary) {
    task.awaitApplied("a", primary.lastFrameNo);
    Path replica = replicas.resolve("a.db");
    assertThat(process.pageImage(replica)).isEqualTo(primary.image());
    assertThat(process.integrityCheck(replica)).isEmpty();
    assertThat(task.status("a").orElseThrow().state()).isEqualTo("FOLLOWING");
  }

  private static void awaitReading(SyncedTask task) {
    while (task.syncsRunning() == 0) {
      task.poll();
    }
  }

  private static Object shown(String attribute) throws JMException {
    return ManagementFactory.getPlatformMBeanServer()
        .getAttribute(SinkTaskStatus.objectName("synced-sink", 0), attribute);
  }

  @Test
  void aBrokerThatDiesMeanwhileOnlyDelaysIt() throws Exception {
    try (SyncTopic topic = new SyncTopic(broker.bootstrapServers(), "restarted");
        Primary primary = new Primary(process, directory.resolve("a.db"))) {
      primary.insert(20_000);
      topic.publishAnnounced("a", primary.snapshot());
      change(topic, primary);
      Path replicas = Files.createDirectory(directory.resolve("replicas"));
      try (SyncedTask task = new SyncedTask(topic, replicas, 0, SMALL_FETCHES)) {
        awaitReading(task);
        broker.kill();
        task.poll();
        broker.restart();
        assertEqual(task, replicas, primary);
        assertThat(task.syncs()).isEqualTo(1);
        change(topic, primary);
        assertEqual(task, replicas, primary);
      }
    }
  }

  @Test
  void whatRetentionTakesAwayMeanwhileIsHadFromWhatCameLater() throws Exception {
    try (SyncTopic topic = new SyncTopic(broker.bootstrapServers(), "retained");
        Primary primary = new Primary(process, directory.resolve("a.db"))) {
      primary.insert(20_000);
      topic.publishAnnounced("a", primary.snapshot());
      change(topic, primary);
      Path replicas = Files.createDirectory(directory.resolve("replicas"));
      try (SyncedTask task = new SyncedTask(topic, replicas, 0, SMALL_FETCHES)) {
        awaitReading(task);
        List<byte[]> snapshot = primary.snapshot();
        topic.publishAnnounced("a", snapshot);
        topic.deleteAllBut(snapshot.size());
        assertEqual(task, replicas, primary);
        change(topic, primary);
        assertEqual(task, replicas, primary);
      }
    }
  }

  @Test
  void announcementsThatLaterOnesRetireMayStillLieThere() throws Exception {
    try (SyncTopic topic = new SyncTopic(broker.bootstrapServers(), "lagging");
        Primary primary = new Primary(process, directory.resolve("a.db"))) {
      for (int i = 0; i < 3; i++) {
        primary.insert(500);
        topic.publishAnnounced("a", primary.snapshot());
        change(topic, primary);
        primary.sql.execute("DELETE FROM t WHERE id % 3 = 0");
        primary.sql.execute("VACUUM");
        topic.publishAnnounced("a", primary.changes());
      }
      Path lagging = Files.createDirectory(directory.resolve("lagging"));
      try (SyncedTask task = new SyncedTask(topic, lagging, 0, Map.of())) {
        assertEqual(task, lagging, primary);
        assertThat(task.syncs()).isEqualTo(1);
      }
      topic.retireAllBut(3);
      Path compacted = Files.createDirectory(directory.resolve("compacted"));
      try (SyncedTask task = new SyncedTask(topic, compacted, 0, Map.of())) {
        assertEqual(task, compacted, primary);
        assertThat(task.syncs()).isEqualTo(1);
        assertThat(shown("Syncs")).isEqualTo(1L);
        assertThat(shown("RunningSyncs")).isEqualTo(0);
        assertThat(shown("FailedSyncs")).isEqualTo(0L);
        assertThat((Long) shown("SyncedBytes")).isPositive();
      }
    }
  }
}

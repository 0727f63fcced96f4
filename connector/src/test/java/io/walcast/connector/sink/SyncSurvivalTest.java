package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.BrokerProcess;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.SqliteProcess;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

  private static final int KEPT = 3; // of nine announcements: those of the last snapshot

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static BrokerProcess broker;
  private static SqliteProcess process;

  @BeforeAll
  static void start() {
    process = SqliteProcess.start();
    broker = BrokerProcess.start(brokerDirectory, Map.of("log.cleaner.backoff.ms", "200"));
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
    awaitApplied(task, primary.lastFrameNo);
    Path replica = replicas.resolve("a.db");
    assertThat(process.pageImage(replica)).isEqualTo(primary.image());
    assertThat(process.integrityCheck(replica)).isEmpty();
    assertThat(task.status("a").orElseThrow().state()).isEqualTo("FOLLOWING");
  }

  /** At no time it is something that its primary never was. */
  private static void awaitApplied(SyncedTask task, long frameNo) {
    task.await(
        "a",
        status -> {
          assertThat(status.state()).as("%s", status).isNotIn("DIVERGED", "QUARANTINED");
          return status.appliedFrame() >= frameNo;
        });
  }

  /** The task does nothing meanwhile but what its syncs do in threads of their own. */
  private static void awaitTheMiddle(SyncedTask task, int pages) {
    while (task.syncsRunning() == 0) {
      task.poll();
    }
    Eventually.until(Duration.ofSeconds(30), "pages", task::syncedPages, read -> read > pages / 50);
    assertThat(task.syncsRunning()).isEqualTo(1);
    assertThat(task.syncedPages()).isLessThan(pages / 2);
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
        awaitTheMiddle(task, primary.image().pageCount());
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
      long announced = topic.end();
      int pages = primary.image().pageCount();
      List<byte[]> snapshot = primary.snapshot();
      topic.publish("a", snapshot); // and announced later
      Path replicas = Files.createDirectory(directory.resolve("replicas"));
      try (SyncedTask task = new SyncedTask(topic, replicas, announced, SMALL_FETCHES)) {
        awaitTheMiddle(task, pages);
        topic.deleteAllBut(snapshot.size());
        topic.announce("a");
        assertEqual(task, replicas, primary);
        assertThat(task.syncsFailed()).isPositive();
        assertThat(task.syncs()).isEqualTo(1);
        change(topic, primary);
        assertEqual(task, replicas, primary);
      }
    }
  }

  @Test
  void announcementsThatLaterOnesRetireMayStillLieThere() throws Exception {
    Map<String, String> quickly =
        Map.of(
            "segment.ms", "200",
            "min.cleanable.dirty.ratio", "0.01",
            "delete.retention.ms", "0");
    try (SyncTopic topic = new SyncTopic(broker.bootstrapServers(), "lagging", quickly);
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
      topic.retireAllBut(KEPT);
      Eventually.until(
          Duration.ofSeconds(60),
          "the retired announcements are compacted away",
          () -> {
            topic.announceRaw("rolls the segment", null); // the newest one is never compacted
            return topic.announcementsThatLieThere();
          },
          left -> left <= KEPT);
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

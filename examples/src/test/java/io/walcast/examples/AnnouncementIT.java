package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.testkit.Eventually;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is announced is what is in the topic of frames, as a reading of all of it finds it. */
class AnnouncementIT {

  private static final int REWRITES = Integer.getInteger("walcast.rewrites", 50);

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.start(brokerDirectory);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.close();
  }

  @Test
  void announcementsTellExactlyWhatIsInTheTopic() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "announced", broker)) {
      pipeline.simpleDatabase("small");
      Path large = pipeline.simpleDatabase("large");
      try (SqliteConnection connection = pipeline.oracle().open(large)) {
        connection.execute("PRAGMA wal_autocheckpoint=100");
        fill(connection, 3_000);
        pipeline.createSource(
            Map.of(
                "snapshot.part.bytes", "1048576",
                "announce.interval.ms", "100",
                "announce.run.max.bytes", "262144"));
        for (int i = 0; i < 40; i++) {
          connection.execute("UPDATE t SET v = randomblob(1000) WHERE id % 40 = " + i);
        }
      }
      changeManyTimes(pipeline, "small", 60);
      changeManyTimes(pipeline, "late", 60);

      AnnouncedTopic topic = new AnnouncedTopic(broker.bootstrapServers(), pipeline.topic());
      topic.awaitPublished(pipeline, "small", "large", "late");
      topic.awaitComplete(Pipeline.PATIENCE);
      topic.awaitAnnounced(pipeline, "small", "large", "late");
      assertThat(topic.newestBase("large").parts()).as("it came in parts").isNotEmpty();
      assertThat(topic.settings()).containsEntry("cleanup.policy", "compact");
    }
  }

  @Test
  void whatAKilledWorkerDidNotAnnounceTheNextOneDoes() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "repaired", broker)) {
      pipeline.simpleDatabase("first");
      pipeline.simpleDatabase("second");
      // Only the first announcement of each database can be written: the rest waits for an hour.
      pipeline.createSource(Map.of("announce.interval.ms", "3600000"));
      AnnouncedTopic topic = new AnnouncedTopic(broker.bootstrapServers(), pipeline.topic());
      topic.awaitComplete(Pipeline.PATIENCE);
      changeManyTimes(pipeline, "first", 50);
      changeManyTimes(pipeline, "second", 50);
      topic.awaitPublished(pipeline, "first", "second");
      assertThatThrownBy(topic::assertComplete).isInstanceOf(AssertionError.class);

      pipeline.worker().kill();
      pipeline.worker().start();
      topic.awaitComplete(Pipeline.PATIENCE);
      // Once for both, or once for each: as they were opened.
      pipeline.awaitLogged("Looked in repaired for what", "0 of them need");
      assertThat(pipeline.logged("Looked in repaired for what", "need a snapshot: ")).isEmpty();

      pipeline.createSource(Map.of("announce.interval.ms", "100"));
      changeManyTimes(pipeline, "first", 5);
      topic.awaitPublished(pipeline, "first");
      topic.awaitComplete(Pipeline.PATIENCE);
      topic.awaitAnnounced(pipeline, "first", "second");
    }
  }

  @Test
  void aDatabaseThatIsRewrittenAgainAndAgainKeepsABoundedTopic() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "bounded", broker)) {
      Path database = pipeline.simpleDatabase("db");
      pipeline.simpleDatabase("idle");
      try (SqliteConnection connection = pipeline.oracle().open(database)) {
        fill(connection, 1_000);
        pipeline.createSource(
            Map.of(
                "announce.interval.ms", "50",
                "announce.run.max.bytes", "262144",
                "history.retention.ms", "0",
                "prune", "true",
                "prune.interval.ms", "100",
                "topic.creation.default.partitions", "1"));
        AnnouncedTopic topic = new AnnouncedTopic(broker.bootstrapServers(), pipeline.topic());
        topic.awaitComplete(Pipeline.PATIENCE);
        long rewritten = 0;
        long most = 0;
        long pages = connection.queryLong("PRAGMA page_count");
        for (int i = 0; i < REWRITES; i++) {
          connection.execute("UPDATE t SET v = randomblob(1000)");
          rewritten += pages;
          most = Math.max(most, topic.records());
        }
        topic.awaitPublished(pipeline, "db");
        Eventually.until(
            Pipeline.PATIENCE,
            "the topic has at most five times the database",
            topic::records,
            records -> records <= 5 * pages);
        System.out.printf(
            "%d pages rewritten %d times, %d records published; in the topic at most %d, now %d%n",
            pages, REWRITES, rewritten, most, topic.records());
        topic.awaitComplete(Pipeline.PATIENCE);
        pipeline.createSink(Map.of());
        pipeline.assertReplicaBecomesEqual("db");
        pipeline.assertReplicaBecomesEqual("idle");
      }
    }
  }

  private static void fill(SqliteConnection connection, int rows) throws Exception {
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + rows
            + ") INSERT INTO t(v) SELECT randomblob(1000) FROM n");
  }

  private static void changeManyTimes(Pipeline pipeline, String namespace, int times)
      throws Exception {
    if (!pipeline.database(namespace).toFile().exists()) {
      pipeline.simpleDatabase(namespace);
    }
    try (SqliteConnection connection = pipeline.oracle().open(pipeline.database(namespace))) {
      for (int i = 0; i < times; i++) {
        connection.execute("INSERT INTO t(v) VALUES (randomblob(300))");
      }
    }
  }
}

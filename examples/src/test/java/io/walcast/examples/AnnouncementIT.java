package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

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
      topic.awaitComplete(Pipeline.PATIENCE);
      assertThat(topic.newestBase("large").parts()).as("it came in parts").isNotEmpty();
      assertThat(topic.settings()).containsEntry("cleanup.policy", "compact");
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

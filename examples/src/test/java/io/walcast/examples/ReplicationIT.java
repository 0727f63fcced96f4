package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.Namespace;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.InvariantReader;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.WriterWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job: stock SQLite writes in other processes, source and sink run in a real worker
 * against a real broker, stock SQLite reads the replicas meanwhile and compares them at the end.
 */
class ReplicationIT {

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
  void replicasOfHostilelyWrittenDatabasesEqualTheirPrimaries() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "hostile", broker)) {
      Map<String, WriterWorkload> writers = new LinkedHashMap<>();
      long seed = System.nanoTime();
      for (int pageSize : new int[] {512, 4096, 65536}) {
        String namespace = "pages/of-" + pageSize;
        writers.put(
            namespace,
            WriterWorkload.start(
                WriterWorkload.Options.of(pipeline.database(namespace), seed++)
                    .withPageSize(pageSize)));
      }
      pipeline.createConnectors();
      for (WriterWorkload writer : writers.values()) {
        writer.awaitCommits(100);
      }
      String watched = "pages/of-4096";
      try (InvariantReader reader = InvariantReader.start(pipeline.replica(watched))) {
        reader.awaitN(1, Pipeline.PATIENCE);
        for (WriterWorkload writer : writers.values()) {
          writer.awaitCommits(writer.commits() + 400);
        }
        for (WriterWorkload writer : writers.values()) {
          writer.finish();
        }
        for (String namespace : writers.keySet()) {
          pipeline.assertReplicaBecomesEqual(namespace);
        }
        InvariantReader.Result seen = reader.finish();
        assertThat(seen.findings()).isEmpty();
        assertThat(seen.reads()).isPositive();
        assertThat(seen.integrityChecks()).isPositive();
      }
    }
  }

  @Test
  void databasesThatAppearAndOnesThatNobodyHasOpenAreReplicatedOverTwoTasks() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "appearing", broker)) {
      pipeline.simpleDatabase("closed/before");
      pipeline.createSource(Map.of("tasks.max", "2"));
      pipeline.createSink(Map.of("tasks.max", "2"));
      pipeline.assertReplicaBecomesEqual("closed/before");
      for (int i = 0; i < 5; i++) {
        pipeline.simpleDatabase("later/db-" + i);
      }
      for (int i = 0; i < 5; i++) {
        pipeline.assertReplicaBecomesEqual("later/db-" + i);
      }
      changeAndCompare(pipeline, "closed/before");
      changeAndCompare(pipeline, "later/db-3");
    }
  }

  private static void changeAndCompare(Pipeline pipeline, String namespace) throws IOException {
    try (SqliteConnection connection = pipeline.oracle().open(pipeline.database(namespace))) {
      connection.execute("INSERT INTO t(v) VALUES (randomblob(100000))");
      pipeline.assertReplicaBecomesEqual(namespace); // while the application has it open
      connection.execute("UPDATE t SET v = 'changed'");
      connection.execute("VACUUM");
    }
    pipeline.assertReplicaBecomesEqual(namespace); // and after it has closed it
  }

  @Test
  void aReaderThatStaysInATransactionKeepsItsSnapshotWhileTheReplicaGoesOn() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "snapshot", broker)) {
      Path primary = pipeline.simpleDatabase("db");
      pipeline.createConnectors();
      pipeline.assertReplicaBecomesEqual("db");
      try (SqliteConnection writer = pipeline.oracle().open(primary);
          SqliteConnection reader = pipeline.oracle().open(pipeline.replica("db"))) {
        reader.execute("BEGIN");
        long before = reader.queryLong("SELECT count(*) FROM t");
        for (int i = 0; i < 50; i++) {
          writer.execute("INSERT INTO t(v) VALUES (randomblob(20000))");
        }
        pipeline.assertReplicaBecomesEqual("db");
        assertThat(reader.queryLong("SELECT count(*) FROM t")).isEqualTo(before);
        reader.execute("COMMIT");
        assertThat(reader.queryLong("SELECT count(*) FROM t")).isEqualTo(before + 50);
      }
    }
  }

  @Test
  void aDeletedDatabaseTakesItsReplicaAlongAndMayBeBornAgain() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "deleted", broker)) {
      Path primary = pipeline.simpleDatabase("tenants/acme");
      pipeline.simpleDatabase("tenants/other");
      pipeline.createSource(
          Map.of("database.deleted", "publish", "database.deleted.after.ms", "500"));
      pipeline.createSink(Map.of("delete.enabled", "true"));
      AnnouncedTopic topic = new AnnouncedTopic(broker.bootstrapServers(), pipeline.topic());
      Namespace acme = new Namespace("tenants/acme");
      Namespace other = new Namespace("tenants/other");
      Set<Long> epochs = new HashSet<>();
      for (int life = 0; life < 2; life++) {
        changeAndCompare(pipeline, "tenants/acme");
        topic.awaitComplete(Pipeline.PATIENCE);
        epochs.add(Integer.toUnsignedLong(topic.announced().get(acme).get(0).epoch()));

        delete(primary);
        Eventually.until(
            Pipeline.PATIENCE,
            "its replica is gone",
            () -> !Files.exists(pipeline.replica("tenants/acme")));
        assertThat(topic.announced()).containsOnlyKeys(other);
        if (life == 0) {
          pipeline.worker().kill();
          pipeline.worker().start();
        }
        pipeline.simpleDatabase("tenants/acme");
        pipeline.assertReplicaBecomesEqual("tenants/acme");
      }
      assertThat(epochs).hasSize(2);
      changeAndCompare(pipeline, "tenants/other");
    }
  }

  private static void delete(Path database) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(database.resolveSibling(database.getFileName() + suffix));
    }
  }
}

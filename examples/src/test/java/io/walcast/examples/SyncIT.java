package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sink whose consumer has passed everything gets its replicas from what the source announced,
 * although its worker is killed while it does.
 */
class SyncIT {

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
  void lostReplicasAreMadeAgainFromWhatIsAnnounced() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "sync", broker)) {
      Path app = pipeline.simpleDatabase("app");
      pipeline.simpleDatabase("quiet");
      pipeline.createConnectors();
      try (SqliteConnection writer = pipeline.oracle().open(app)) {
        writer.execute(
            "INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                + " WHERE i < 20000) SELECT randomblob(500) FROM n");
        for (int i = 0; i < 10; i++) {
          writer.execute("UPDATE t SET v = randomblob(500) WHERE id % 10 = " + i);
        }
      }
      pipeline.assertReplicaBecomesEqual("app");
      pipeline.assertReplicaBecomesEqual("quiet");
      pipeline.worker().deleteConnector("sync-sink");
      Path kept = directory.resolve("kept");
      Files.move(pipeline.replicas(), kept);
      Files.createDirectories(pipeline.replicas());
      // The group of the new sink has the old one's offsets: no record comes by itself.
      pipeline.createSink(Map.of("sync.min.bytes", "0"));
      pipeline.awaitLogged("Replica app: SYNC");
      pipeline.worker().kill();
      pipeline.worker().start();
      pipeline.assertReplicaBecomesEqual("app");
      pipeline.assertReplicaBecomesEqual("quiet");
      assertThat(pipeline.oracle().integrityCheck(pipeline.replica("app"))).isEmpty();
      try (SqliteConnection writer = pipeline.oracle().open(app)) {
        writer.execute("DELETE FROM t WHERE id > 100");
        writer.execute("VACUUM");
      }
      pipeline.assertReplicaBecomesEqual("app");
    }
  }
}

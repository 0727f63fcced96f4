package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.Eventually;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A replica becomes a primary as docs/operations.md says, and goes on in the topic it came from.
 */
class PromotionIT {

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
  void aPromotedReplicaIsWrittenAndReplicatedInItsTurn() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "promotion", broker)) {
      pipeline.simpleDatabase("db");
      pipeline.createConnectors();
      pipeline.assertReplicaBecomesEqual("db");
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(pipeline.replica("db"))))
          .doesNotContain("w");

      pipeline.deleteConnectors();
      Path primary = pipeline.database("db");
      long rows = promote(pipeline, primary);
      try (SqliteConnection application = pipeline.oracle().open(primary)) {
        application.execute("INSERT INTO t(v) VALUES ('written to what was a replica')");
        assertThat(application.queryLong("SELECT count(*) FROM t")).isEqualTo(rows + 1);
        assertThat(application.integrityCheck()).isEmpty();
        pipeline.createConnectors();
        pipeline.assertReplicaBecomesEqual("db");
        application.execute("INSERT INTO t(v) VALUES ('and captured from now on')");
        pipeline.assertReplicaBecomesEqual("db");
      }
    }
  }

  /** The steps of the procedure; the old primary is lost with all that the old source knew. */
  private static long promote(Pipeline pipeline, Path primary) throws Exception {
    Path replica = pipeline.replica("db");
    for (String suffix : new String[] {"", "-wal", "-shm"}) {
      Files.deleteIfExists(primary.resolveSibling(primary.getFileName() + suffix));
    }
    Path oldState = pipeline.databases().resolve(".walcast");
    if (Files.exists(oldState)) {
      Files.move(oldState, oldState.resolveSibling("lost"));
    }
    Set<PosixFilePermission> writable = EnumSet.copyOf(Files.getPosixFilePermissions(replica));
    writable.add(PosixFilePermission.OWNER_WRITE);
    Files.setPosixFilePermissions(replica, writable);
    Eventually.until(
        Pipeline.PATIENCE,
        "the sink has let go of the replica, whose last close removes the WAL",
        () -> {
          try (SqliteConnection last = pipeline.oracle().open(replica)) {
            last.query("PRAGMA wal_checkpoint(TRUNCATE)");
          }
          return !Files.exists(replica.resolveSibling(replica.getFileName() + "-wal"));
        });
    Files.move(replica, primary);
    try (SqliteConnection application = pipeline.oracle().open(primary)) {
      return application.queryLong("SELECT count(*) FROM t");
    }
  }
}

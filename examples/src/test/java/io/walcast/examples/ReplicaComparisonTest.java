package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaComparisonTest {
  private static SqliteProcess sqlite;

  @TempDir Path directory;
  private Path primary;
  private Path replica;

  @BeforeAll
  static void start() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stop() {
    sqlite.close();
  }

  @BeforeEach
  void copyADatabase() throws IOException {
    primary = directory.resolve("primary.db");
    replica = directory.resolve("replica.db");
    run(
        primary,
        "PRAGMA journal_mode = WAL; CREATE TABLE t(x);"
            + "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n LIMIT 5000)"
            + " INSERT INTO t SELECT randomblob(40) FROM n; CREATE INDEX i ON t(x);");
    Files.copy(primary, replica);
  }

  @Test
  void aCopyIsEqual() {
    ReplicaComparison.Result result = compare();

    assertThat(result.finding()).isEmpty();
    assertThat(result.equal()).isTrue();
    assertThat(result.pages()).isGreaterThan(50);
  }

  @Test
  void oneMoreRowIsADifference() {
    run(replica, "INSERT INTO t VALUES (1)");

    assertThat(compare().equal()).isFalse();
    assertThat(compare().finding()).contains("pages differ", "the content differs");
  }

  @Test
  void theSameContentInOtherPagesIsADifference() {
    run(primary, "DELETE FROM t WHERE rowid > 4000");
    run(replica, "DELETE FROM t WHERE rowid > 4000; VACUUM");

    assertThat(compare().equal()).isFalse();
    assertThat(compare().finding()).contains("the content is the same");
  }

  @Test
  void aMissingReplicaIsSaidAndNotMade() throws IOException {
    Files.delete(replica);

    assertThat(compare().finding()).contains("there is no replica " + replica);
    assertThat(replica).doesNotExist();
  }

  @Test
  void aReplicaThatIsNoDatabaseIsSaid() throws IOException {
    Files.writeString(replica, "no database, whatever its name says, but long enough to be read");

    assertThat(compare().equal()).isFalse();
    assertThat(compare().finding()).contains("SQLite cannot read the replica");
  }

  @Test
  void aPrimaryThatChangesMeanwhileIsSaid() throws Exception {
    run(replica, "INSERT INTO t VALUES (1)");
    try (SqliteConnection application = sqlite.open(primary)) {
      AtomicBoolean done = new AtomicBoolean();
      Thread writer =
          new Thread(
              () -> {
                while (!done.get()) {
                  application.execute("INSERT INTO t VALUES (2)");
                }
              });
      writer.start();
      ReplicaComparison.Result result =
          new ReplicaComparison(sqlite).awaitEqual(primary, replica, Duration.ofMillis(500));
      done.set(true);
      writer.join();

      assertThat(result.equal()).isFalse();
      assertThat(result.primaryChanging()).isTrue();
    }
  }

  private ReplicaComparison.Result compare() {
    return new ReplicaComparison(sqlite).compare(primary, replica);
  }

  private static void run(Path database, String sql) {
    try (SqliteConnection connection = sqlite.open(database)) {
      connection.execute(sql);
    }
  }
}

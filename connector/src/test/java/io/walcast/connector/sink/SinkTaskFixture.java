package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the tests of the sink task start from: a primary, a task that has seen nothing yet, and an
 * SQLite in another process that judges the replicas. Test classes run one after the other; each
 * has an SQLite process of its own.
 */
abstract class SinkTaskFixture {

  static SqliteProcess sqlite;

  @TempDir Path temp;
  Path replicas;
  Primary primary;
  TaskRun run;

  @BeforeAll
  static void startSqlite() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void start() throws IOException {
    replicas = temp.resolve("replicas");
    primary = new Primary(sqlite, temp.resolve("primary.db"));
    run = new TaskRun(replicas, Map.of());
  }

  @AfterEach
  void stop() {
    run.close();
    primary.close();
  }

  /** A new task, in the place of the old one, that reads everything again. */
  final void restart() {
    reopen();
    run.poll();
  }

  /** A new task, in the place of the old one, to which nothing was delivered yet. */
  final void reopen() {
    run.close();
    run = new TaskRun(replicas, Map.of(), run.partition());
  }

  /** The replica comes to hold the primary's last frame, and is the same database. */
  final void assertFollows(String namespace) {
    run.awaitApplied(namespace, primary.lastFrameNo);
    assertThat(run.status(namespace).state()).isEqualTo("FOLLOWING");
    assertThat(run.status(namespace).reason()).isEmpty();
    assertIntactCopy(namespace);
  }

  /** The replica is, as it stands, the same database as the primary. */
  final void assertIntactCopy(String namespace) {
    assertThat(image(namespace)).isEqualTo(primary.image());
    assertThat(sqlite.integrityCheck(replicas.resolve(namespace + ".db"))).isEmpty();
  }

  final PageImage image(String namespace) {
    return sqlite.pageImage(replicas.resolve(namespace + ".db"));
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}

package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What must not make a replica a mixture of states, or take it out of service for good: frames that
 * arrive in the wrong company, restarts at the wrong moment, files that somebody touched.
 */
class WalSinkTaskAdversityTest {

  private static SqliteProcess sqlite;

  @TempDir Path temp;
  private Path replicas;
  private Primary primary;
  private TaskRun run;

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

  @Test
  void aReplicaThatCouldNotBeOpenedIsOpenedWhenTheCauseIsGone() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    run.close();
    Path inTheWay = replicas.resolve(".walcast/a/.wal/directory/file");
    Files.createDirectories(inTheWay);
    run = new TaskRun(replicas, Map.of(), run.partition());
    run.poll();
    assertThat(run.status("a").state()).isEqualTo("RETRYING");
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    run.awaitStatus("a", status -> status.state().equals("FOLLOWING"));
    assertFollows("a");
  }

  private void restartAt(long offset) {
    run.close();
    run = new TaskRun(replicas, Map.of(), run.partition());
    run.context.offset(TaskRun.PARTITION, offset);
    run.poll();
  }

  private void assertFollows(String namespace) {
    run.awaitStatus(namespace, s -> s.state().equals("FOLLOWING") && s.unfoldedBytes() == 0);
    assertThat(image(namespace)).isEqualTo(primary.image());
    assertThat(sqlite.integrityCheck(replicas.resolve(namespace + ".db"))).isEmpty();
  }

  private PageImage image(String namespace) {
    return sqlite.pageImage(replicas.resolve(namespace + ".db"));
  }
}

package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An application that writes to a replica by mistake is told so by SQLite; readers go on. */
class WalSinkTaskProtectionTest extends SinkTaskFixture {

  private static final Map<String, String> PROTECT =
      Map.of(WalSinkConfig.REPLICAS_PROTECT, "true", "wal.checkpoint.frames", "4");

  private Path replica;

  @BeforeEach
  void begin() throws IOException {
    run.close();
    run = new TaskRun(replicas, PROTECT);
    replica = replicas.resolve("a.db");
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
  }

  private String mode() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(replica));
  }

  @Test
  void nobodyMayWriteToTheDatabaseFileAndTheSinkGoesOn() throws IOException {
    assertThat(mode()).doesNotContain("w");
    for (int i = 0; i < 10; i++) { // enough to checkpoint into the file
      primary.insert(20);
      run.send("a", primary.changes());
    }
    assertFollows("a");
    run.close();
    assertThat(mode()).doesNotContain("w");
    run = new TaskRun(replicas, PROTECT, run.partition());
    run.poll();
    primary.insert(3);
    run.send("a", primary.changes());
    assertFollows("a");
    assertThat(mode()).doesNotContain("w");
    run.close();
    run = new TaskRun(replicas, Map.of(), run.partition()); // and may be let go again
    run.poll();
    run.awaitApplied("a", primary.lastFrameNo);
    assertThat(mode()).startsWith("rw");
  }

  @Test
  void stockSqliteOfAnotherUserReadsAndDoesNotWrite() throws Exception {
    letOthersPass();
    assertThat(shell("SELECT count(*) FROM t")).contains("40");
    assertThat(shell("DELETE FROM t")).contains("attempt to write a readonly database");
    primary.insert(2);
    run.send("a", primary.changes());
    assertFollows("a");
    assertThat(shell("SELECT count(*) FROM t")).contains("42");
    run.close(); // and while the sink is down
    assertThat(shell("SELECT count(*) FROM t")).contains("42");
    assertThat(shell("DELETE FROM t")).contains("attempt to write a readonly database");
  }

  @Test
  void withARollbackJournalReadersNeedNothingButTheFile() throws Exception {
    run.close();
    Map<String, String> rollback = Map.of(WalSinkConfig.REPLICAS_JOURNAL, "rollback");
    run = new TaskRun(replicas, rollback, run.partition());
    run.poll();
    run.awaitStatus("a", s -> s.state().equals("DIVERGED"));
    assertThat(sqlite.integrityCheck(replica)).isEmpty(); // as it was, in WAL mode
    run.send("a", primary.snapshot());
    assertFollows("a");
    for (int i = 0; i < 5; i++) {
      primary.insert(20);
      run.send("a", primary.changes());
    }
    assertFollows("a");
    try (Stream<Path> files = Files.list(replicas)) {
      assertThat(files.filter(Files::isRegularFile)).containsExactly(replica);
    }
    letOthersPass();
    assertThat(shell("SELECT count(*) FROM t")).contains("140");
    assertThat(shell("PRAGMA journal_mode")).contains("delete");
    assertThat(shell("DELETE FROM t")).contains("attempt to write a readonly database");
    run.close();
    assertThat(shell("SELECT count(*) FROM t")).contains("140");
  }

  /** The shell as a user whom permissions hold back, which root is not. */
  private String shell(String sql) throws Exception {
    List<String> command = new ArrayList<>();
    if (Files.getOwner(replica).getName().equals("root")) {
      command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.addAll(List.of("sqlite3", "-batch", replica.toString(), sql));
    for (String program : List.of(command.get(0), "sqlite3")) {
      assumeTrue(isInstalled(program), program + " is not installed");
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  private static boolean isInstalled(String program) {
    return List.of("/bin", "/usr/bin", "/usr/local/bin").stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private void letOthersPass() throws IOException {
    for (Path directory : List.of(temp, replicas)) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}

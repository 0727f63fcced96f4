package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Case 11: the database renamed over, restored from a backup with cp and with mv, deleted and
 * created again, moved between directories; while the capture is attached, detached, or down.
 */
class Case11FilesReplacedTest extends CaptureTestBase {

  enum When {
    ATTACHED,
    CLOSED,
    DOWN
  }

  private SqliteProcess process;
  private Path backup;

  /**
   * A captured database of which there is a backup, with commits after it that the backup lacks.
   */
  private void begin(When when) throws Exception {
    process = SqliteProcess.start();
    SqliteConnection app = process.open(rig.database);
    app.query("PRAGMA journal_mode=WAL");
    app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
    CaptureRig.insert(app, 60);
    backup = directory.resolve("backup.db");
    app.execute("VACUUM INTO '" + backup + "'");
    try (SqliteConnection saved = sqlite.open(backup)) {
      saved.query("PRAGMA journal_mode=WAL");
      saved.execute("UPDATE t SET b = randomblob(1300) WHERE id = 3");
    }
    rig.start();
    if (when == When.CLOSED) {
      app.close();
      rig.pollUntil(CaptureState.CLOSED);
    } else {
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 7);
      rig.awaitCopyEquals(app);
    }
    if (when == When.DOWN) {
      rig.stop();
    }
    process.kill(); // whoever restores a backup has stopped the application
  }

  private void deleteSiblings() throws IOException {
    Files.deleteIfExists(WalConnection.walOf(rig.database));
    Files.deleteIfExists(WalConnection.shmOf(rig.database));
  }

  /** Goes on with what is at the path now, and writes to it. */
  private void end(When when) throws Exception {
    if (when == When.DOWN) {
      rig.start();
    }
    try (SqliteConnection app = sqlite.open(rig.database)) {
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, 3);
      CaptureRig.insert(app, 3);
      rig.awaitCopyEquals(app);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ATTACHED,cp",
    "CLOSED,cp",
    "DOWN,cp",
    "ATTACHED,mv",
    "CLOSED,mv",
    "DOWN,mv",
  })
  void restoredFromABackup(When when, String command) throws Exception {
    begin(when);
    deleteSiblings(); // as the manual says
    Outside.run(command, backup, rig.database);
    end(when);
  }

  /** Renamed over as editors and deployments do it: the siblings of the old file stay. */
  @ParameterizedTest
  @ValueSource(strings = {"ATTACHED", "CLOSED", "DOWN"})
  void renamedOverBesideAStaleWal(When when) throws Exception {
    begin(when);
    Outside.run("mv", backup, rig.database);
    end(when);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ATTACHED", "CLOSED", "DOWN"})
  void deletedAndCreatedAgain(When when) throws Exception {
    begin(when);
    Files.delete(rig.database);
    if (when != When.DOWN) {
      rig.pollUntil(CaptureState.ABSENT);
    }
    deleteSiblings();
    rig.applicationWithRows(30).close();
    end(when);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ATTACHED", "CLOSED", "DOWN"})
  void movedToAnotherDirectoryAndBackAgain(When when) throws Exception {
    begin(when);
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    moveWithSiblings(rig.database, elsewhere.resolve("app.db"));
    if (when != When.DOWN) {
      rig.pollUntil(CaptureState.ABSENT);
    }
    try (SqliteConnection app = sqlite.open(elsewhere.resolve("app.db"))) {
      CaptureRig.insert(app, 11); // unseen
    }
    moveWithSiblings(elsewhere.resolve("app.db"), rig.database);
    end(when);
  }

  private static void moveWithSiblings(Path from, Path to) throws IOException {
    for (String suffix : new String[] {"", "-wal", "-shm"}) {
      Path file = Path.of(from + suffix);
      if (Files.exists(file)) {
        Files.move(file, Path.of(to + suffix), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** What an application goes on writing to a file that has lost its name is nobody's any more. */
  @Test
  void nothingOfTheOldFileIsPublishedAfterARename() throws Exception {
    SqliteConnection app = rig.applicationWithRows(100);
    app.execute("VACUUM INTO '" + directory.resolve("other.db") + "'");
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    Files.move(directory.resolve("other.db"), rig.database, StandardCopyOption.REPLACE_EXISTING);
    CaptureRig.insert(app, 7);
    Eventually.until(
        CaptureRig.PATIENCE,
        "it is noticed",
        () -> rig.poll().state(),
        state -> state != CaptureState.ATTACHED);
    assertThat(rig.status().commits()).isZero();
    app.close();
  }
}

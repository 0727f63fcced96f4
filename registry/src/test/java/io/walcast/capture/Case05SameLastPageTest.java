package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Case 5: after a restore the WAL is of the same generation, as long as before, and its last page
 * is byte for byte the one that was captured; but what comes before it is another history.
 */
class Case05SameLastPageTest extends CaptureTestBase {

  private static final int PAGE = 4096;

  @Test
  void anotherHistoryThatEndsWithTheSamePageIsNotGoneOnFrom() throws Exception {
    Path wal = WalConnection.walOf(rig.database);
    Path shm = WalConnection.shmOf(rig.database);
    try (SqliteProcess first = SqliteProcess.start()) {
      SqliteConnection app = first.open(rig.database);
      app.query("PRAGMA journal_mode=WAL");
      app.query("PRAGMA wal_autocheckpoint=0");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 60);
    }
    Path savedDatabase = directory.resolve("saved.db");
    Path savedWal = directory.resolve("saved-wal");
    Outside.copyInto(rig.database, savedDatabase);
    Outside.copyInto(wal, savedWal);

    rig.start();
    try (SqliteProcess second = SqliteProcess.start()) {
      changeFirstAndLastPage(second, "aa");
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEqualsPrimary();
      rig.stop();
    }
    int frames = frames(wal);
    byte[] lastPage = Outside.walPage(wal, frames, PAGE);
    int salt = Outside.walHeader(wal).salt1();

    Outside.copyInto(savedDatabase, rig.database);
    Outside.copyInto(savedWal, wal);
    Files.delete(shm);
    try (SqliteProcess third = SqliteProcess.start()) {
      SqliteConnection app = changeFirstAndLastPage(third, "bb");
      assertThat(Outside.walHeader(wal).salt1()).as("the same generation").isEqualTo(salt);
      assertThat(frames(wal)).as("as long as before").isEqualTo(frames);
      assertThat(Outside.walPage(wal, frames, PAGE)).as("the last page").isEqualTo(lastPage);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().commits()).isZero();
      assertThat(rig.status().resyncs()).containsOnlyKeys(ResyncReason.CHANGED_WHILE_AWAY);
      rig.awaitCopyEquals(app);
    }
  }

  /** One transaction: a page with something of its own, then the last page, the same each time. */
  private SqliteConnection changeFirstAndLastPage(SqliteProcess process, String what) {
    SqliteConnection app = process.open(rig.database);
    app.query("PRAGMA wal_autocheckpoint=0");
    app.execute(
        "BEGIN; UPDATE t SET b = cast('"
            + what
            + "' AS BLOB) || zeroblob(1298) WHERE id = 1;"
            + "UPDATE t SET b = zeroblob(1300) WHERE id = 60; COMMIT");
    return app;
  }

  private static int frames(Path wal) throws Exception {
    return (int) ((Files.size(wal) - 32) / (24 + PAGE));
  }
}

package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Case 4: while the capture is down, the application commits, checkpoints and resets the WAL, or
 * deletes it with its last close.
 */
class Case04WhileTheCaptureIsDownTest extends CaptureTestBase {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void commitsInTheSameWalAreGoneOnWith(boolean killed) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int round = 1; round <= 4; round++) {
        long commits = rig.status().commits() + 1;
        CaptureRig.insert(app, 3);
        rig.pollUntil("the commit", s -> s.commits() == commits);
        if (killed) {
          rig.kill();
        } else {
          rig.stop();
        }
        CaptureRig.insert(app, 3);
        app.query("PRAGMA wal_checkpoint(PASSIVE)"); // back-filled, but still in the WAL
        rig.start();
        rig.pollUntil(CaptureState.ATTACHED);
        assertThat(rig.status().commits()).isEqualTo(1);
        assertThat(rig.status().snapshots()).isZero();
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(1 + 8);
    }
  }

  @ParameterizedTest
  @CsvSource({"0,RESTART,1", "3,RESTART,0", "3,RESTART,2", "0,TRUNCATE,1", "3,TRUNCATE,0"})
  void aResetWalIsNotGoneOnWith(int commitsBefore, String mode, int commitsAfter) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.stop();
      for (int i = 0; i < commitsBefore; i++) {
        CaptureRig.insert(app, 3);
      }
      assertThat(app.query("PRAGMA wal_checkpoint(" + mode + ")").get(0).get(0)).isEqualTo("0");
      for (int i = 0; i < commitsAfter; i++) {
        app.execute("UPDATE t SET b = randomblob(1300) WHERE id = " + (i + 1));
      }
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      if (commitsBefore > 0 && commitsAfter > 0) {
        assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.CHANGED_WHILE_AWAY, 1L));
      }
    }
  }

  /** The older SQLite deletes the WAL whoever else is attached; the newer one as nobody is. */
  @ParameterizedTest
  @CsvSource({"0,1", "2,1", "2,0", "0,0"})
  void aWalThatWasDeletedAndBegunAnew(int commitsBefore, int commitsAfter) throws Exception {
    SqliteConnection app = rig.applicationWithRows(50);
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    CaptureRig.insert(app, 1);
    rig.pollUntil("the commit", s -> s.commits() == 1);
    rig.stop();
    for (int i = 0; i < commitsBefore; i++) {
      CaptureRig.insert(app, 3);
    }
    app.close();
    assertThat(Files.exists(WalConnection.walOf(rig.database))).isFalse();
    SqliteConnection next = rig.application();
    for (int i = 0; i < commitsAfter; i++) {
      next.execute("UPDATE t SET b = randomblob(1300) WHERE id = " + (i + 1));
    }
    rig.start();
    rig.pollUntil("attached or captured", s -> s.state() != CaptureState.ABSENT);
    rig.awaitCopyEquals(next);
    next.close();
  }

  @Test
  void aWalThatWasDeletedAndIsNotThereAtTheStart() throws Exception {
    SqliteConnection app = rig.applicationWithRows(50);
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    rig.stop();
    app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 7");
    app.close();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    rig.seal();
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
  }

  /** As a machine does whose owner kills everything: the WAL is recovered by the capture itself. */
  @Test
  void aWalThatAKilledApplicationLeftBehindHoldsItsLastCommits() throws Exception {
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = victim.open(rig.database);
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 50);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.kill();
      CaptureRig.insert(app, 5);
      CaptureRig.insert(app, 5);
    }
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    assertThat(rig.status().commits()).isEqualTo(2);
    assertThat(rig.status().snapshots()).isZero();
    rig.awaitCopyEqualsPrimary();
  }
}

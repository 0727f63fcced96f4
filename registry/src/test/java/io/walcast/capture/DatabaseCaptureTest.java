package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commits of a running application: what is captured, and that it is never held up. */
class DatabaseCaptureTest extends CaptureTestBase {

  private static final Map<ResyncReason, Long> FIRST_ONLY = Map.of(ResyncReason.FIRST_SNAPSHOT, 1L);

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void startsWithASnapshotThenCapturesEachCommit(int pageSize) throws Exception {
    try (SqliteConnection app = sqlite.open(rig.database)) {
      app.execute("PRAGMA page_size=" + pageSize);
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 200);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.copy.published()).hasSize(1);
      assertThat(rig.copy.published().get(0).snapshot()).isTrue();
      for (int i = 1; i <= 20; i++) {
        CaptureRig.insert(app, i);
        assertThat(rig.poll().commits()).isEqualTo(i);
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  @Test
  void aQuietDatabaseCostsNoFrames() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(10)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      long frames = rig.status().committedFrameNo();
      app.query("SELECT count(*) FROM t");
      for (int i = 0; i < 1000; i++) {
        rig.poll();
      }
      assertThat(rig.status().committedFrameNo()).isEqualTo(frames);
      assertThat(rig.copy.published()).hasSize(1);
    }
  }

  @Test
  void aSpilledTransactionThatIsRolledBackIsNeverCaptured() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(10)) {
      app.execute("PRAGMA cache_size=5");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      app.execute("BEGIN");
      long walBefore = Files.size(rig.database.resolveSibling("app.db-wal"));
      CaptureRig.insert(app, 2000);
      assertThat(Files.size(rig.database.resolveSibling("app.db-wal")))
          .as("the transaction is spilled")
          .isGreaterThan(walBefore + 1_000_000);
      assertThat(rig.poll().commits()).isZero();
      app.execute("ROLLBACK");
      assertThat(rig.poll().commits()).isZero();
      CaptureRig.insert(app, 1);
      assertThat(rig.poll().commits()).isEqualTo(1);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  @Test
  void vacuumShrinksTheCopy() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(2000)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      app.execute("DELETE FROM t WHERE id > 20");
      app.execute("VACUUM");
      rig.awaitCopyEquals(app);
      assertThat(Files.size(rig.copyPath)).isLessThan(100_000);
      rig.startPolling(); // lets the waiting checkpoint through
      assertThat(app.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("0");
      rig.stopPolling();
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, 500);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  @Test
  void checkpointsThatResetTheWalSucceedAndLoseNothing() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 1; i <= 30; i++) {
        CaptureRig.insert(app, 10);
        rig.poll(); // captured, but not back-filled: slot 4
        assertThat(app.query("PRAGMA wal_checkpoint(PASSIVE)").get(0).get(0)).isEqualTo("0");
        rig.poll(); // back-filled: slot 0
        String mode = i % 2 == 0 ? "RESTART" : "TRUNCATE";
        assertThat(app.query("PRAGMA wal_checkpoint(" + mode + ")").get(0).get(0))
            .as("busy, after round " + i)
            .isEqualTo("0");
        CaptureRig.insert(app, 1);
        CaptureRig.insert(app, 1);
        assertThat(rig.poll().commits()).isEqualTo(3L * i);
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
      assertThat(Files.size(rig.database.resolveSibling("app.db-wal")))
          .as("the WAL is used again and again")
          .isLessThan(2_000_000);
    }
  }

  @Test
  void nothingIsResetUnseenWhileTheCaptureLooksAway() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      app.query("PRAGMA wal_autocheckpoint=1");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      long commits = 0;
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 40; i++) {
          CaptureRig.insert(app, 3);
        }
        commits += 40;
        assertThat(rig.poll().commits()).isEqualTo(commits);
        app.query("PRAGMA wal_checkpoint(PASSIVE)");
        rig.poll();
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  @Test
  void aStaleReadMarkDoesNotHoldCheckpointsUp() throws Exception {
    List<SqliteConnection> readers =
        List.of(
            rig.applicationWithRows(5), rig.application(), rig.application(), rig.application());
    SqliteConnection app = rig.application();
    for (SqliteConnection reader : readers) { // each pins another frame: slots 1 to 4 are marked
      reader.execute("BEGIN");
      reader.query("SELECT count(*) FROM t");
      CaptureRig.insert(app, 1);
    }
    for (SqliteConnection reader : readers) {
      reader.execute("COMMIT");
    }
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    CaptureRig.insert(app, 5);
    List<String> checkpoint = app.query("PRAGMA wal_checkpoint(PASSIVE)").get(0);
    assertThat(checkpoint.get(2)).as("frames back-filled").isEqualTo(checkpoint.get(1));
    rig.awaitCopyEquals(app);
    readers.forEach(SqliteConnection::close);
    app.close();
  }

  @Test
  void aSnapshotIsNotRepeatedPerCommitAndFramesNeverRepeat() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 5);
      rig.awaitCopyEquals(app);
      long end = 0;
      for (RebuiltCopy.Published segment : rig.copy.published()) {
        assertThat(segment.start()).isEqualTo(end + 1);
        end = segment.end();
      }
      assertThat(end).isEqualTo(rig.status().committedFrameNo());
    }
  }
}

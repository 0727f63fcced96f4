package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walcast.io.StandardIo;
import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Case 2: the WAL is reset once or several times between two looks, with salts that look like the
 * next ones; TRUNCATE on an empty WAL.
 */
class Case02ResetsTest extends CaptureTestBase {

  private static final Map<ResyncReason, Long> FIRST_ONLY = Map.of(ResyncReason.FIRST_SNAPSHOT, 1L);

  private Path wal() {
    return WalConnection.walOf(rig.database);
  }

  /** Everything captured and back-filled: the capture lets the WAL go. */
  private void becomeIdle(SqliteConnection app) {
    rig.poll();
    app.query("PRAGMA wal_checkpoint(PASSIVE)");
    rig.poll();
    rig.poll();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 50})
  void oneResetWithAnyNumberOfCommits(int commits) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      becomeIdle(app);
      int salt = Outside.walHeader(wal()).salt1();
      for (int i = 0; i < commits; i++) {
        CaptureRig.insert(app, 2);
      }
      assertThat(Outside.walHeader(wal()).salt1()).as("it was reset").isEqualTo(salt + 1);
      assertThat(rig.pollUntil("the commits", s -> s.commits() >= commits).commits())
          .isEqualTo(commits);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(1 + commits);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  @Test
  void truncatingAnEmptyWalAgainAndAgain() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int round = 1; round <= 5; round++) {
        rig.awaitReset(app, "TRUNCATE");
        for (int i = 0; i < round; i++) { // looks in between for some
          if (i % 2 == 1) {
            rig.poll();
          }
          assertThat(app.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("0");
        }
        CaptureRig.insert(app, 4);
        CaptureRig.insert(app, 4);
        long commits = 2L * round;
        rig.pollUntil("the commits", s -> s.commits() == commits);
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(11);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  @Test
  void noMoreThanOneResetWhileTheCaptureLooksAway() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      app.query("PRAGMA wal_autocheckpoint=1");
      app.query("PRAGMA busy_timeout=0");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      becomeIdle(app);
      int salt = Outside.walHeader(wal()).salt1();
      for (int i = 0; i < 30; i++) {
        CaptureRig.insert(app, 3);
        app.query("PRAGMA wal_checkpoint(" + (i % 2 == 0 ? "RESTART" : "TRUNCATE") + ")");
      }
      assertThat(Outside.walHeader(wal()).salt1()).isEqualTo(salt + 1);
      rig.pollUntil("the commits", s -> s.commits() == 30);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(31);
      assertThat(rig.status().resyncs()).isEqualTo(FIRST_ONLY);
    }
  }

  /**
   * On a connection that holds no slot, so that resets can happen: lost commits before each of some
   * resets, then some that are there to be seen. Only where none is lost may it go on. There is no
   * log: nothing of what is refused may get that far.
   */
  @ParameterizedTest
  @CsvSource({"1,1,1", "1,2,0", "2,1,0", "3,1,3", "1,0,0", "4,0,0"})
  void theCountTellsWhatTheSaltsDoNot(int resets, int lostEach, int seen) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20);
        WalConnection connection = WalConnection.attach(new StandardIo(), rig.database)) {
      WalFollower follower = new WalFollower(connection, null, new CaptureCounters());
      follower.startAt(WalPoint.endOf(connection.index().readHeader()));
      int salt = Outside.walHeader(wal()).salt1();
      for (int i = 0; i < resets; i++) {
        for (int j = 0; j < lostEach; j++) {
          CaptureRig.insert(app, 1);
        }
        app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      for (int j = 0; j < seen; j++) {
        CaptureRig.insert(app, 1);
      }
      if (seen > 0) { // after one reset exactly the next salt, though commits are lost
        assertThat(Outside.walHeader(wal()).salt1()).isEqualTo(salt + resets);
      }
      ContinuityLostException lost =
          catchThrowableOfType(
              ContinuityLostException.class,
              () -> follower.follow(connection.index().readHeader()));
      assertThat(lost == null).as("it goes on").isEqualTo(lostEach == 0);
      if (lost != null) {
        assertThat(lost.reason()).isEqualTo(ResyncReason.RESETS_UNSEEN);
      }
    }
  }
}

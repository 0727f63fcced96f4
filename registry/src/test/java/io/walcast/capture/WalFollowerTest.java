package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walcast.io.StandardIo;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndexHeader;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The audit, on a connection that holds no read slot: nothing of what it refuses may have reached
 * the log, so there is none.
 */
class WalFollowerTest {

  private static SqliteProcess sqlite;

  @TempDir Path directory;
  private SqliteConnection app;
  private WalConnection connection;
  private WalFollower follower;

  @BeforeAll
  static void startSqlite() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void attach() throws Exception {
    CaptureRig rig = new CaptureRig(directory, sqlite);
    app = rig.applicationWithRows(20);
    connection = WalConnection.attach(new StandardIo(), rig.database);
    follower = new WalFollower(connection, null, new CaptureCounters());
    follower.startAt(WalPoint.endOf(header()));
  }

  @AfterEach
  void detach() throws Exception {
    connection.close();
    app.close();
  }

  private WalIndexHeader header() throws Exception {
    return connection.index().readHeader();
  }

  private ResyncReason refused() throws Exception {
    WalIndexHeader header = header();
    ContinuityLostException lost =
        catchThrowableOfType(ContinuityLostException.class, () -> follower.follow(header));
    assertThat(lost).isNotNull();
    return lost.reason();
  }

  @Test
  void resetsThatLostCommitsAreNoticedThoughTheSaltsLookRight() throws Exception {
    int salt = header().salt1();
    CaptureRig.insert(app, 1); // lost
    app.query("PRAGMA wal_checkpoint(RESTART)");
    CaptureRig.insert(app, 1);
    assertThat(header().salt1()).isEqualTo(salt + 1);
    assertThat(refused()).isEqualTo(ResyncReason.RESETS_UNSEEN);
  }

  @Test
  void aCountThatDoesNotFitIsNoticed() throws Exception {
    WalPoint end = WalPoint.endOf(header());
    follower.startAt(
        new WalPoint(end.salt1(), end.salt2(), end.frame(), end.checksum(), end.change() - 1));
    assertThat(refused()).isEqualTo(ResyncReason.COMMITS_MISCOUNTED);
  }

  @Test
  void aWalThatBecameShorterIsNoticed() throws Exception {
    WalPoint end = WalPoint.endOf(header());
    follower.startAt(
        new WalPoint(end.salt1(), end.salt2(), end.frame() + 1, end.checksum(), end.change()));
    assertThat(refused()).isEqualTo(ResyncReason.WAL_WENT_BACK);
  }

  @Test
  void anotherHistoryOfTheSameLengthIsNoticedAtARestart() throws Exception {
    WalPoint end = WalPoint.endOf(header());
    WalIndexHeader header = header();
    WalPoint other =
        new WalPoint(end.salt1(), end.salt2(), end.frame(), end.checksum() ^ 1, end.change());
    assertThat(
            catchThrowableOfType(
                    ContinuityLostException.class, () -> follower.resumeAt(other, header))
                .reason())
        .isEqualTo(ResyncReason.CHANGED_WHILE_AWAY);
  }
}

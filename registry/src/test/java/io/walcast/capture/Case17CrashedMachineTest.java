package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Case 17: stale -shm and -wal files of a machine that crashed; a clock that steps back. */
class Case17CrashedMachineTest extends CaptureTestBase {

  private final WorldIo io = new WorldIo();

  @Override
  Io io() {
    return io;
  }

  private static SqliteConnection begin(SqliteProcess process, Path database) {
    SqliteConnection app = process.open(database);
    app.query("PRAGMA journal_mode=WAL");
    app.query("PRAGMA wal_autocheckpoint=0");
    app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
    CaptureRig.insert(app, 60);
    return app;
  }

  /**
   * The -shm of an earlier moment, or of another database, or garbage, beside a WAL that goes on.
   *
   * @param captured whether the capture had seen some of it before the machine crashed
   */
  @ParameterizedTest
  @CsvSource({"older,true", "older,false", "foreign,true", "garbage,true", "garbage,false"})
  void aStaleIndexIsNotBelieved(String what, boolean captured) throws Exception {
    Path shm = WalConnection.shmOf(rig.database);
    Path stale = directory.resolve("stale-shm");
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = begin(victim, rig.database);
      if (captured) {
        rig.start();
        rig.pollUntil(CaptureState.ATTACHED);
        CaptureRig.insert(app, 1);
        rig.pollUntil("the commit", s -> s.commits() == 1);
      }
      Outside.copyInto(shm, stale);
      if (what.equals("foreign")) {
        begin(victim, directory.resolve("foreign.db"));
        Outside.copyInto(directory.resolve("foreign.db-shm"), stale);
      } else if (what.equals("garbage")) {
        Files.write(stale, new byte[32768 + 17]);
      }
      if (captured) {
        rig.kill();
      }
      CaptureRig.insert(app, 9);
      CaptureRig.insert(app, 9);
    }
    Files.copy(stale, shm, StandardCopyOption.REPLACE_EXISTING);
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    if (captured) {
      assertThat(rig.status().commits()).isEqualTo(2);
      assertThat(rig.status().snapshots()).isZero();
    }
    try (SqliteConnection app = sqlite.open(rig.database)) {
      assertThat(app.queryLong("SELECT count(*) FROM t")).isGreaterThanOrEqualTo(78);
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, 2);
      rig.awaitCopyEquals(app);
    }
  }

  /**
   * With synchronous=OFF or NORMAL the machine loses the end of the WAL: frames, or part of one,
   * that the capture had published. The database has gone back, and so has the copy to.
   */
  @ParameterizedTest
  @ValueSource(ints = {100, 4120, 3 * 4120 + 7, 20 * 4120})
  void aWalThatLostItsEnd(int lostBytes) throws Exception {
    Path wal = WalConnection.walOf(rig.database);
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = begin(victim, rig.database);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 0; i < 4; i++) {
        CaptureRig.insert(app, 20);
      }
      rig.awaitCopyEquals(app);
      rig.kill();
    }
    Files.delete(WalConnection.shmOf(rig.database));
    try (FileChannel file = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      file.truncate(file.size() - lostBytes);
    }
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    assertThat(rig.status().commits()).isZero();
    assertThat(rig.status().resyncs().values()).containsExactly(1L);
    try (SqliteConnection app = sqlite.open(rig.database)) {
      assertThat(app.queryLong("SELECT count(*) FROM t")).isLessThan(140);
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, 20); // as long as it was, with other content
      rig.awaitCopyEquals(app);
    }
  }

  /** A WAL of zeros in the middle: its pages were never written. SQLite ends before them. */
  @Test
  void aWalWithAHole() throws Exception {
    Path wal = WalConnection.walOf(rig.database);
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = begin(victim, rig.database);
      for (int i = 0; i < 4; i++) {
        CaptureRig.insert(app, 20);
      }
    }
    try (FileChannel file = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(4096), file.size() - 10 * 4120);
    }
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    rig.awaitCopyEqualsPrimary();
  }

  @Test
  void aClockThatStepsBackWhileTheCaptureRuns() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 1; i <= 6; i++) {
        io.stepClock(Duration.ofHours(i % 3 == 0 ? 5 : -7));
        CaptureRig.insert(app, 150);
        long commits = i;
        rig.pollUntil("the commit", s -> s.commits() == commits);
        rig.seal();
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(7);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  /** Epochs of new logs come from the clock; no log may begin in an epoch that is not higher. */
  @Test
  void aClockThatStepsBackBetweenTwoRuns() throws Exception {
    try (SqliteConnection app = sqlite.open(rig.database)) {
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      for (int pageSize : new int[] {4096, 1024, 8192}) { // each begins a new log
        app.query("PRAGMA journal_mode=DELETE");
        app.execute("PRAGMA page_size=" + pageSize);
        app.execute("VACUUM");
        app.query("PRAGMA journal_mode=WAL");
        for (int i = 0; i < 2; i++) {
          CaptureRig.insert(app, 5);
          rig.start();
          rig.pollUntil(CaptureState.ATTACHED);
          rig.awaitCopyEquals(app);
          rig.stop();
          io.stepClock(Duration.ofDays(-30));
        }
      }
    }
    List<RebuiltCopy.Published> published = rig.copy.published();
    for (int i = 1; i < published.size(); i++) {
      boolean sameLog = published.get(i).logId().equals(published.get(i - 1).logId());
      long step =
          Integer.toUnsignedLong(published.get(i).epoch())
              - Integer.toUnsignedLong(published.get(i - 1).epoch());
      assertThat(step).as("from epoch to epoch").isGreaterThanOrEqualTo(sameLog ? 0 : 1);
    }
    assertThat(published.stream().map(RebuiltCopy.Published::logId).distinct()).hasSize(3);
  }

  /** A file that nobody has open counts as left alone when its times are not just now. */
  @ParameterizedTest
  @ValueSource(longs = {-7200, 0, 7200})
  void aClockThatIsNotThatOfTheFileSystem(long seconds) throws Exception {
    io.stepClock(Duration.ofSeconds(seconds));
    rig.applicationWithRows(30).close();
    for (int i = 0; i < 3; i++) {
      try (SqliteConnection app = sqlite.open(rig.database)) {
        CaptureRig.insert(app, 5);
      }
      rig.start();
      rig.pollUntil(CaptureState.CLOSED);
      rig.stop();
      assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
    }
  }
}

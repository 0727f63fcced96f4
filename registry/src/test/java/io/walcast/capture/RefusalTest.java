package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.JavaProcess;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteException;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Databases that cannot be captured, and what happens when they can again. */
class RefusalTest extends CaptureTestBase {

  private final WorldIo io = new WorldIo();

  @Override
  Io io() {
    return io;
  }

  @Test
  void anExclusivelyLockedDatabase() throws Exception {
    SqliteConnection app = sqlite.open(rig.database);
    app.query("PRAGMA locking_mode=EXCLUSIVE");
    app.query("PRAGMA journal_mode=WAL");
    app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
    rig.start();
    assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.EXCLUSIVELY_LOCKED);
    assertThat(rig.status().detail()).contains("app.db");
    app.close();
    rig.pollUntil(CaptureState.CLOSED);
    rig.awaitCopyEqualsPrimary();
  }

  @Test
  void aRollbackJournalIsRefusedUnlessItMayBeSwitched() throws Exception {
    try (SqliteConnection app = sqlite.open(rig.database)) {
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      rig.start();
      assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.NOT_WAL_MODE);
      assertThat(rig.status().detail()).contains("app.db").contains("journal_mode=WAL");
      rig.stop();
      rig.start(CaptureOptions.defaults().withJournalModeSwitch(true));
      rig.pollUntil(CaptureState.CLOSED);
      CaptureRig.insert(app, 10);
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aFileThatIsNoDatabase() throws Exception {
    Files.writeString(rig.database, "this is a shopping list, and a long one at that. ".repeat(9));
    rig.start();
    assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.NOT_A_DATABASE);
    assertThat(rig.status().detail()).contains("app.db");
    Files.delete(rig.database);
    rig.pollUntil(CaptureState.ABSENT);
  }

  @Test
  void aSecondCapturerInThisProcess() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      try (DatabaseCapture second =
          new DatabaseCapture(
              rig.namespace,
              rig.database,
              directory.resolve("other-state"),
              rig.registry(),
              io,
              CaptureOptions.defaults())) {
        assertThat(second.poll()).isEqualTo(CaptureState.REFUSED);
        assertThat(second.status().refusal()).isEqualTo(Refusal.OWNED_BY_ANOTHER);
        assertThat(second.status().detail()).contains("app.db");
      }
      CaptureRig.insert(app, 3);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aSecondCapturerOfTheSameState() throws Exception {
    try (StateLock held = StateLock.take(new StandardIo(), rig.state, "the first")) {
      assertThatThrownBy(() -> StateLock.take(new StandardIo(), rig.state, "the second"))
          .hasMessageContaining("lock")
          .hasMessageContaining("the first");
      assertThat(held).isNotNull();
    }
    StateLock.take(new StandardIo(), rig.state, "the second").close();
  }

  @Test
  void aCapturerInAnotherProcessUntilItDies() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20);
        JavaProcess other =
            JavaProcess.running(LockingProcess.class.getName())
                .args(rig.state.toString())
                .start()) {
      Eventually.until(
          CaptureRig.PATIENCE, "the lock", () -> Files.exists(rig.state.resolve("locked")));
      rig.start();
      assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.OWNED_BY_ANOTHER);
      assertThat(rig.status().detail()).contains("another process captures app");
      other.kill();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aDiskThatFailsIsTriedAgainAndNothingIsLostOrRepeated() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      io.failWrites(path -> path.startsWith(rig.state));
      CaptureRig.insert(app, 30);
      CaptureRig.insert(app, 3);
      assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.FAILED);
      assertThat(rig.status().detail()).contains("no luck");
      CaptureRig.insert(app, 3); // is not held up
      io.failWrites(path -> false);
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().commits()).isEqualTo(3);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  @Test
  void framesThatThePositionDoesNotCoverAreCapturedAgainNotTwice() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      io.failWrites(path -> path.endsWith(".position"));
      CaptureRig.insert(app, 30);
      rig.pollUntil(CaptureState.REFUSED);
      rig.kill(); // between the frames and the position
      io.failWrites(path -> false);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().commits()).isEqualTo(1);
      assertThat(rig.status().snapshots()).isZero();
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aPositionThatIsNotTheLogsIsNotGoneOnFromAfterAFailure() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      byte[] old = Files.readAllBytes(rig.state.resolve(".position"));
      CaptureRig.insert(app, 30);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.stop();
      Files.write(rig.state.resolve(".position"), old); // not synced, and the power failed
      io.failWrites(path -> path.endsWith(".position"));
      rig.start();
      rig.pollUntil(CaptureState.REFUSED);
      io.failWrites(path -> false);
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.LOG_DIFFERS, 1L));
      assertThat(rig.status().commits()).isZero();
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void theNumbersOfLostFramesStayTakenWhenTheSnapshotThatReplacesThemFails() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 30);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      long frames = rig.status().committedFrameNo();
      rig.kill();
      try (Stream<Path> segments = Files.list(rig.state.resolve(".wal"))) {
        segments.forEach(RefusalTest::deleteQuietly);
      }
      AtomicBoolean recorded = new AtomicBoolean();
      io.failWrites(
          path -> {
            recorded.compareAndSet(false, path.endsWith(".position"));
            return recorded.get() && path.startsWith(rig.state.resolve(".wal"));
          });
      rig.start();
      rig.pollUntil(CaptureState.REFUSED);
      rig.kill();
      io.failWrites(path -> false);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      RebuiltCopy.Published last = rig.copy.published().get(rig.copy.published().size() - 1);
      assertThat(last.lowest()).isGreaterThan(frames);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void theEpochOfANewLogIsDurableBeforeAnythingIsPublishedInIt() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      io.failWrites(path -> path.startsWith(rig.state.resolve(".wal")));
      rig.start();
      rig.pollUntil(CaptureState.REFUSED); // no segment can even be begun
      io.failWrites(path -> path.getFileName().toString().startsWith("app.db"));
      Eventually.until(
          CaptureRig.PATIENCE,
          "the snapshot",
          () -> {
            rig.poll();
            return !rig.copy.published().isEmpty();
          });
      assertThat(io.forced()).contains(rig.state.resolve(".position"));
      assertThat(app).isNotNull();
    }
  }

  @Test
  void aWalIndexThatIsCutShortIsAttachedToAnew() throws Exception {
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = victim.open(rig.database);
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 50);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      victim.kill();
    }
    // What cp of a backup over it does first: the mapped memory is gone, reading it is a SIGBUS.
    String shm = rig.database + "-shm";
    assertThat(new ProcessBuilder("truncate", "-s", "0", shm).start().waitFor()).isZero();
    for (int i = 0; i < 10; i++) {
      rig.poll();
    }
    rig.pollUntil(CaptureState.ATTACHED);
    rig.awaitCopyEqualsPrimary();
  }

  @Test
  void aSymbolicLinkBesideADatabaseIsNotFollowed() throws Exception {
    rig.applicationWithRows(20).close();
    Path precious = directory.resolve("precious.txt");
    for (String sibling : new String[] {"-wal", "-shm"}) {
      Files.writeString(precious, "not a part of any database");
      Files.deleteIfExists(WalConnection.walOf(rig.database));
      Files.deleteIfExists(WalConnection.shmOf(rig.database));
      Files.createFile(WalConnection.walOf(rig.database));
      Files.deleteIfExists(Path.of(rig.database + sibling));
      Files.createSymbolicLink(Path.of(rig.database + sibling), precious);
      rig.start();
      assertThat(rig.pollUntil(CaptureState.REFUSED).detail()).contains("app.db" + sibling);
      rig.stop();
      assertThat(precious).hasContent("not a part of any database");
    }
  }

  @Test
  void aWalIndexThatIsDeletedWhileItIsAttachedToIsNoTrap() throws Exception {
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = victim.open(rig.database);
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 50);
      victim.kill();
    }
    Path shm = WalConnection.shmOf(rig.database);
    AtomicInteger looks = new AtomicInteger();
    io.beforeIdentity(
        path -> {
          if (path.equals(shm) && looks.incrementAndGet() == 2) {
            deleteQuietly(shm);
          }
        });
    rig.start();
    rig.pollUntil("looked twice", s -> looks.get() >= 2);
    rig.pollUntil(CaptureState.ATTACHED);
    Eventually.until(
        CaptureRig.PATIENCE,
        "the snapshot",
        () -> {
          rig.poll();
          return !rig.copy.published().isEmpty();
        });
    rig.awaitCopyEqualsPrimary();
  }

  private static void deleteQuietly(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFirstSnapshotThatFailsIsTakenLater() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(2000)) {
      io.failWrites(path -> path.startsWith(rig.state.resolve(".wal")));
      rig.start();
      assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.FAILED);
      io.failWrites(path -> false);
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void whenTheDiskFailsForLongTheWalIsGivenFree() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(20)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      io.failWrites(path -> path.startsWith(rig.state));
      CaptureRig.insert(app, 30);
      rig.pollUntil(CaptureState.REFUSED);
      app.query("PRAGMA busy_timeout=0");
      assertThat(app.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("1");
      io.passNs(Duration.ofSeconds(61).toNanos());
      rig.poll();
      rig.poll();
      io.passNs(Duration.ofMillis(1).toNanos());
      assertThat(app.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("0");
      io.failWrites(path -> false);
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
    } catch (SqliteException e) {
      throw new AssertionError("the application was held up", e);
    }
  }

  @Test
  void theHoldGrowsFromAMinuteToAnHour() {
    HoldPolicy hold = new HoldPolicy(WalHold.AUTO, io);
    assertThat(hold.wantsHold()).isFalse();
    for (long seconds : new long[] {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
      hold.lastCloseSeen();
      io.passNs(Duration.ofSeconds(seconds - 5).toNanos());
      assertThat(hold.wantsHold()).as("before %d s", seconds).isTrue();
      io.passNs(Duration.ofSeconds(10).toNanos());
      assertThat(hold.wantsHold()).as("after %d s", seconds).isFalse();
    }
    assertThat(new HoldPolicy(WalHold.ALWAYS, io).wantsHold()).isTrue();
    HoldPolicy never = new HoldPolicy(WalHold.NEVER, io);
    never.lastCloseSeen();
    assertThat(never.wantsHold()).isFalse();
  }
}

package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.segment.SnapshotPart;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Snapshots in parts of a few pages, while stock SQLite does what it likes to the database. */
class SnapshotPartsTest extends CaptureTestBase {

  private static final int PART_PAGES = 16;
  private static final CaptureOptions IN_PARTS =
      CaptureOptions.defaults().withWalHold(WalHold.NEVER).withSnapshotPartBytes(PART_PAGES * 4096);
  private static final long SEED =
      Long.getLong("walcast.seed", ThreadLocalRandom.current().nextInt(1 << 20));

  private final ThrottledIo io = new ThrottledIo();

  @Override
  Io io() {
    return io;
  }

  private long parts(SnapshotPart part) {
    return rig.copy.published().stream().filter(p -> p.part() == part).count();
  }

  /** Takes looks until this many parts are published; {@code false} if the snapshot ended first. */
  private boolean pollUntilParts(int count) {
    rig.pollUntil(
        count + " parts",
        s -> rig.copy.published().size() >= count || parts(SnapshotPart.LAST) > 0);
    return parts(SnapshotPart.LAST) == 0;
  }

  private void pollUntilSnapshot(int count) {
    rig.pollUntil(count + " snapshots", s -> s.snapshots() >= count);
  }

  @Test
  void theApplicationCommitsAndCheckpointsBetweenAnyTwoReads() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(3000)) {
      app.query("PRAGMA wal_autocheckpoint=0");
      app.query("PRAGMA busy_timeout=0");
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      AtomicInteger reads = new AtomicInteger();
      io.beforeReads(
          rig.database::equals,
          position -> {
            String mode = List.of("PASSIVE", "RESTART", "TRUNCATE").get(reads.get() % 3);
            if (reads.incrementAndGet() % 4 == 0) {
              app.execute("UPDATE t SET b = randomblob(1300) WHERE id % 97 = abs(random() % 97)");
              app.query("PRAGMA wal_checkpoint(" + mode + ")");
            }
          });
      rig.start(IN_PARTS);
      pollUntilSnapshot(1);
      io.beforeReads(path -> false, position -> {});
      assertThat(parts(SnapshotPart.FIRST)).isEqualTo(1);
      assertThat(parts(SnapshotPart.MIDDLE)).isGreaterThan(50);
      assertThat(parts(SnapshotPart.LAST)).isEqualTo(1);
      CaptureRig.insert(app, 5);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isEqualTo(1);
    }
  }

  @Test
  void growthShrinkingAndVacuumMeanwhileAreInTheLastPart() throws Exception {
    System.out.println("snapshot in parts, seed " + SEED);
    Random random = new Random(SEED);
    try (SqliteConnection app = rig.applicationWithRows(2000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      app.query("PRAGMA wal_autocheckpoint=20");
      app.query("PRAGMA busy_timeout=0");
      rig.start(IN_PARTS);
      for (int step = 3; pollUntilParts(step); step += 3) {
        switch (random.nextInt(5)) {
          case 0 -> CaptureRig.insert(app, 1 + random.nextInt(200));
          case 1 -> app.execute("DELETE FROM t WHERE id % 5 = " + random.nextInt(5));
          case 2 -> app.execute("VACUUM");
          case 3 -> app.execute("UPDATE t SET b = randomblob(1300) WHERE id % 31 = 7");
          default -> app.query("PRAGMA wal_checkpoint(PASSIVE)");
        }
      }
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, 50);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isEqualTo(1);
    }
  }

  @Test
  void aDatabaseThatShrinksBelowWhatWasReadIsWhole() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(2000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      rig.start(IN_PARTS);
      assertThat(pollUntilParts(20)).isTrue();
      app.execute("DELETE FROM t WHERE id > 40");
      app.execute("VACUUM");
      app.query("PRAGMA wal_checkpoint(PASSIVE)"); // cuts the file
      pollUntilSnapshot(1);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void noMoreThanTwoPartsWaitForStorage() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(2000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      rig.copy.withholdAcknowledgements();
      rig.start(IN_PARTS);
      pollUntilParts(2);
      for (int i = 0; i < 20; i++) {
        app.execute("UPDATE t SET b = randomblob(1300) WHERE id = " + (1 + i * 90));
        rig.poll();
      }
      assertThat(rig.copy.published()).hasSize(2);
      assertThat(rig.status().snapshots()).isZero();
      rig.copy.comeBack();
      pollUntilSnapshot(1);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aCaptureKilledAfterAnyPartBeginsAnew() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      long lastEnd = 0;
      int published = 0;
      for (int after = 1; ; after++) {
        rig.start(IN_PARTS);
        int wanted = published + after;
        rig.pollUntil(
            "part " + after, s -> s.snapshots() > 0 || rig.copy.published().size() >= wanted);
        if (rig.status().snapshots() > 0) {
          break;
        }
        var newest = rig.copy.published().subList(published, rig.copy.published().size());
        assertThat(newest.get(0).part()).isEqualTo(SnapshotPart.FIRST);
        assertThat(newest.get(0).lowest()).isGreaterThan(lastEnd);
        lastEnd = newest.get(newest.size() - 1).end();
        published = rig.copy.published().size();
        CaptureRig.insert(app, 2);
        rig.kill();
      }
      assertThat(parts(SnapshotPart.FIRST)).isGreaterThan(5);
      rig.awaitCopyEquals(app);
      rig.stop();
      rig.start(IN_PARTS);
      CaptureRig.insert(app, 2);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).as("goes on where it was").isZero();
    }
  }

  @Test
  void anotherDatabaseInItsPlaceBeginsAnother() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(2000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      rig.start(IN_PARTS);
      assertThat(pollUntilParts(5)).isTrue();
      app.execute("DELETE FROM t WHERE id = 1");
    }
    try (SqliteConnection other = sqlite.open(directory.resolve("other.db"))) {
      other.query("PRAGMA journal_mode=WAL");
      other.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(other, 700);
    }
    for (String suffix : List.of("-wal", "-shm")) {
      Files.deleteIfExists(directory.resolve("app.db" + suffix));
    }
    Files.move(directory.resolve("other.db"), rig.database, StandardCopyOption.REPLACE_EXISTING);
    pollUntilSnapshot(1);
    rig.awaitCopyEqualsPrimary();
    assertThat(parts(SnapshotPart.FIRST)).isEqualTo(2);
    assertThat(parts(SnapshotPart.LAST)).isEqualTo(1);
  }

  @Test
  void aDatabaseThatNobodyHasOpenIsTakenInPartsAndMayBeOpenedMeanwhile() throws Exception {
    rig.applicationWithRows(1000).close();
    rig.start(IN_PARTS);
    assertThat(pollUntilParts(5)).isTrue();
    try (SqliteConnection app = rig.application()) {
      CaptureRig.insert(app, 10);
      pollUntilSnapshot(1);
      rig.awaitCopyEquals(app);
    }
    assertThat(parts(SnapshotPart.FIRST)).isEqualTo(2);
  }

  @Test
  void aDatabaseThatNobodyHasOpenIsTakenInPartsAndThenLetGo() throws Exception {
    rig.applicationWithRows(1000).close();
    rig.start(IN_PARTS);
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().snapshots()).isEqualTo(1);
    assertThat(parts(SnapshotPart.MIDDLE)).isGreaterThan(10);
    assertThat(parts(SnapshotPart.LAST)).isEqualTo(1);
    rig.awaitCopyEqualsPrimary();
    assertThat(Files.exists(directory.resolve("app.db-wal"))).isFalse();
  }

  @Test
  void whatHasPassedInPartsCanBeComparedWithLater() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(1000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      rig.start(IN_PARTS);
      pollUntilSnapshot(1);
      rig.awaitCopyEquals(app);
      rig.stop();
      for (int i = 0; i < 2; i++) {
        app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 7");
        app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      rig.start(IN_PARTS);
      rig.pollUntil("a resync", s -> s.snapshots() + s.differences() > 0);
      assertThat(rig.status().differences()).isEqualTo(1);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.published().get(rig.copy.published().size() - 1).pages()).isLessThan(10);
    }
  }
}

package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.segment.SnapshotPart;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A disk that fails or is full while a snapshot is taken in parts. */
class SnapshotPartsFailureTest extends CaptureTestBase {

  private static final Predicate<Path> SEGMENTS = path -> path.toString().endsWith(".seg");
  private static final Predicate<Path> NONE = path -> false;

  private final WorldIo world = new WorldIo();

  @Override
  Io io() {
    return world;
  }

  private void startAndTakeParts() {
    rig.start(
        CaptureOptions.defaults().withWalHold(WalHold.NEVER).withSnapshotPartBytes(16 * 4096));
    rig.pollUntil("some parts", s -> rig.copy.published().size() >= 4);
  }

  private void assertSnapshotBeganAnew(SqliteConnection app) {
    rig.pollUntil("the snapshot", s -> s.snapshots() == 1);
    rig.awaitCopyEquals(app);
    assertThat(rig.copy.published().stream().filter(p -> p.part() == SnapshotPart.FIRST).count())
        .isGreaterThan(1);
  }

  @Test
  void afterWritesThatFailItBeginsAnew() {
    try (SqliteConnection app = rig.applicationWithRows(1000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      startAndTakeParts();
      world.failWrites(SEGMENTS);
      rig.pollUntil(CaptureState.REFUSED);
      CaptureRig.insert(app, 3);
      world.failWrites(NONE);
      assertSnapshotBeganAnew(app);
    }
  }

  @Test
  void aFullDiskLetsTheDatabaseGo() {
    try (SqliteConnection app = rig.applicationWithRows(1000)) {
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      startAndTakeParts();
      world.fullDiskFor(SEGMENTS);
      rig.pollUntil("the full disk", s -> s.refusal() == Refusal.DISK_FULL);
      CaptureRig.insert(app, 3);
      assertThat(app.queryOne("PRAGMA wal_checkpoint(TRUNCATE)")).isEqualTo("0");
      world.fullDiskFor(NONE);
      assertSnapshotBeganAnew(app);
    }
  }
}

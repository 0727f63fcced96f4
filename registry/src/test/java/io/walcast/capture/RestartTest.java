package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.Eventually;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The capture stops, is killed, loses its state, and starts again. */
class RestartTest extends CaptureTestBase {

  /** An epoch that no clock of this century gives. */
  private static final int LATE = 0xf000_0000;

  private List<RebuiltCopy.Published> published() {
    return rig.copy.published();
  }

  @Test
  void anUntouchedClosedDatabasePublishesNothing() throws Exception {
    rig.applicationWithRows(50).close();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    rig.stop();
    List<RebuiltCopy.Published> before = published();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    rig.seal();
    assertThat(published()).isEqualTo(before);
    assertThat(rig.status().snapshots()).isZero();
  }

  @Test
  void aClosedDatabaseThatWasUsedMeanwhileIsSnapshotAgain() throws Exception {
    rig.applicationWithRows(50).close();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    rig.stop();
    try (SqliteConnection app = rig.application()) {
      app.execute("UPDATE t SET b = zeroblob(1300) WHERE id = 20"); // same length
    }
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.CHANGED_WHILE_AWAY, 1L));
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
  }

  @Test
  void goesOnInTheWalWhereItStopped() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.stop();
      int before = published().size();
      CaptureRig.insert(app, 5);
      CaptureRig.insert(app, 5);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().commits()).isEqualTo(2);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isZero();
      assertThat(published().get(before).epoch()).isGreaterThan(published().get(0).epoch());
      assertThat(published().get(before).logId()).isEqualTo(published().get(0).logId());
    }
  }

  @Test
  void nothingIsLostOrRepeatedWhenItIsKilledBeforeASeal() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 0; i < 5; i++) {
        long commits = rig.status().commits() + 1;
        CaptureRig.insert(app, 5);
        rig.pollUntil("the commit", s -> s.commits() == commits);
        long frames = rig.status().committedFrameNo();
        rig.kill();
        CaptureRig.insert(app, 1);
        rig.start();
        rig.pollUntil(CaptureState.ATTACHED);
        assertThat(rig.status().commits()).as("%s", rig.status()).isEqualTo(1);
        assertThat(rig.status().committedFrameNo()).isGreaterThan(frames);
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isZero();
    }
  }

  @Test
  void aWalThatWasResetMeanwhileIsNotGoneOnFrom() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.stop();
      CaptureRig.insert(app, 5);
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      CaptureRig.insert(app, 5);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.CHANGED_WHILE_AWAY, 1L));
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aWalLeftBehindByAKilledApplicationIsGoneOnFrom() throws Exception {
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = victim.open(rig.database);
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 50);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.stop();
      CaptureRig.insert(app, 5);
      victim.kill();
    }
    rig.start(); // alone: rebuilds the wal-index, whose counter starts again
    rig.pollUntil(CaptureState.ATTACHED);
    assertThat(rig.status().commits()).isEqualTo(1);
    assertThat(rig.status().snapshots()).isZero();
    rig.awaitCopyEqualsPrimary();
  }

  @Test
  void aLostLogIsReplacedBySnapshotAndFrameNumbersDoNotGoBack() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 5);
      long frames = rig.poll().committedFrameNo();
      Eventually.until(
          CaptureRig.PATIENCE,
          "the snapshot's segment is done",
          () -> rig.capture().wal().orElseThrow().checkpointedFrameNo() > 0);
      rig.kill();
      deleteTree(rig.state.resolve(".wal"));
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.LOG_DIFFERS, 1L));
      rig.awaitCopyEquals(app);
      RebuiltCopy.Published last = published().get(published().size() - 1);
      assertThat(last.logId()).isEqualTo(published().get(0).logId());
      assertThat(last.lowest()).isGreaterThan(frames);
    }
  }

  /** Nothing is left that could say how far the log went: the position alone is not believed. */
  @Test
  void aLogThatIsLostBeforeAnythingOfItWasFoldedIsReplacedBySnapshotToo() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      long frames = rig.status().committedFrameNo();
      rig.kill();
      deleteTree(rig.state.resolve(".wal"));
      Files.deleteIfExists(rig.state.resolve(".log"));
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.LOG_DIFFERS, 1L));
      rig.awaitCopyEquals(app);
      RebuiltCopy.Published last = published().get(published().size() - 1);
      assertThat(last.lowest()).isGreaterThan(frames);
    }
  }

  @Test
  void aLostStateDirectoryBeginsANewLogInAHigherEpoch() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start(CaptureOptions.defaults().withMinimumEpoch(LATE));
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(published().get(0).epoch()).isEqualTo(LATE + 1);
      rig.stop();
      deleteTree(rig.state);
      rig.start(CaptureOptions.defaults().withMinimumEpoch(LATE + 1));
      rig.pollUntil(CaptureState.ATTACHED);
      RebuiltCopy.Published last = published().get(published().size() - 1);
      assertThat(last.epoch()).isEqualTo(LATE + 2);
      assertThat(last.start()).isEqualTo(1);
      assertThat(last.logId()).isNotEqualTo(published().get(0).logId());
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void whereNothingIsKnownOfEarlierEpochsTheClockGivesALaterOne() throws Exception {
    long before = Instant.now().getEpochSecond();
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(Integer.toUnsignedLong(published().get(0).epoch()))
          .isBetween(before, Instant.now().getEpochSecond());
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void whenAnotherCapturerWasThereMeanwhileItsLogIsNotContinued() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.stop();
      rig.start(CaptureOptions.defaults().withMinimumEpoch(LATE));
      rig.pollUntil(CaptureState.ATTACHED);
      RebuiltCopy.Published last = published().get(published().size() - 1);
      assertThat(last.epoch()).isEqualTo(LATE + 1);
      assertThat(last.logId()).isNotEqualTo(published().get(0).logId());
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aStateDirectoryOlderThanWhatWasPublishedBeginsANewLog() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      // Until then the checkpointer deletes what is about to be copied.
      rig.pollUntil(
          "only the current segment is left",
          s -> rig.state.resolve(".wal").toFile().list().length == 1);
      Path backup = directory.resolve("backup");
      copyTree(rig.state, backup);
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.stop();
      RebuiltCopy.Published last = published().get(published().size() - 1);

      deleteTree(rig.state);
      copyTree(backup, rig.state);
      rig.start(
          CaptureOptions.defaults().withPublished(new PublishedFrame(last.logId(), last.end())));
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.STATE_OUTDATED, 1L));
      assertThat(rig.status().commits()).isZero();
      rig.awaitCopyEquals(app);
      RebuiltCopy.Published next = published().get(published().size() - 1);
      assertThat(next.logId()).isNotEqualTo(last.logId());
      assertThat(next.epoch()).isGreaterThan(last.epoch());
      assertThat(next.snapshot()).isTrue();
    }
  }

  @Test
  void aLogThatHasAllThatWasPublishedGoesOnWhateverThePositionSays() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      byte[] old = Files.readAllBytes(rig.state.resolve(".position"));
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.stop();
      RebuiltCopy.Published last = published().get(published().size() - 1);
      PublishedFrame newest = new PublishedFrame(last.logId(), last.end());

      rig.start(CaptureOptions.defaults().withPublished(newest));
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      assertThat(rig.status().snapshots()).isZero();
      rig.stop();

      Files.write(rig.state.resolve(".position"), old); // not synced, and the power failed
      rig.start(CaptureOptions.defaults().withPublished(newest));
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.LOG_DIFFERS, 1L));
      rig.awaitCopyEquals(app);
      assertThat(published()).extracting(RebuiltCopy.Published::logId).containsOnly(last.logId());
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}

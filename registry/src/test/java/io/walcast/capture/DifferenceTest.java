package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Resyncs that publish what differs, and what it takes for a snapshot to be needed all the same.
 */
class DifferenceTest extends CaptureTestBase {

  private final WorldIo world = new WorldIo();

  @Override
  Io io() {
    return world;
  }

  private List<RebuiltCopy.Published> published() {
    return rig.copy.published();
  }

  private RebuiltCopy.Published last() {
    return published().get(published().size() - 1);
  }

  private Path hashes() {
    return rig.state.resolve(".hashes");
  }

  private void awaitFolded() {
    Eventually.until(
        CaptureRig.PATIENCE,
        "all segments are folded",
        () -> {
          rig.poll();
          rig.seal();
          var wal = rig.capture().wal(); // none at rest, which comes only when all is folded
          return wal.isEmpty()
              ? rig.capture().isResting()
              : wal.get().checkpointedFrameNo() == wal.get().lastCommittedFrameNo();
        });
  }

  /** Captured, folded and closed in good order. */
  private void captureOnce(int rows) throws Exception {
    rig.applicationWithRows(rows).close();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    awaitFolded();
    rig.stop();
  }

  private void changeOneRow() {
    try (SqliteConnection app = rig.application()) {
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 20");
    }
  }

  @Test
  void aResyncPublishesThePagesThatDifferUnderTheSameLog() throws Exception {
    captureOnce(500);
    RebuiltCopy.Published snapshot = last();
    changeOneRow();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.CHANGED_WHILE_AWAY, 1L));
    assertThat(rig.status().differences()).isEqualTo(1);
    assertThat(rig.status().snapshots()).isZero();
    assertThat(last().snapshot()).isFalse();
    assertThat(last().pages()).isBetween(1, 3); // the row's, and those that count changes
    assertThat(last().logId()).isEqualTo(snapshot.logId());
    assertThat(last().start()).isEqualTo(snapshot.end() + 1);
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
  }

  @Test
  void nothingIsPublishedWhereNothingDiffers() throws Exception {
    captureOnce(100);
    List<RebuiltCopy.Published> before = published();
    Files.copy(rig.database, directory.resolve("same.db"));
    Files.move(directory.resolve("same.db"), rig.database, StandardCopyOption.REPLACE_EXISTING);
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    rig.seal();
    assertThat(rig.status().differences()).isEqualTo(1);
    assertThat(published()).isEqualTo(before);
    try (SqliteConnection app = rig.application()) {
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aDatabaseThatShrankOrGrewWhileAwayIsCut() throws Exception {
    captureOnce(500);
    int pages = last().pages();
    try (SqliteConnection app = rig.application()) {
      app.execute("DELETE FROM t WHERE id > 30");
      app.execute("VACUUM");
    }
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().differences()).isEqualTo(1);
    assertThat(last().pages()).isLessThan(pages / 2);
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
    awaitFolded();
    rig.stop();
    try (SqliteConnection app = rig.application()) {
      CaptureRig.insert(app, 800);
    }
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().differences()).isEqualTo(1);
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
  }

  /** The newest of several versions in the WAL counts, and pages only in the file count too. */
  @Test
  void anAttachedDatabaseIsComparedThroughItsWal() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      awaitFolded();
      rig.stop();
      CaptureRig.insert(app, 40);
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 7");
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 7");
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 250");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().differences()).isEqualTo(1);
      assertThat(last().snapshot()).isFalse();
      rig.awaitCopyEquals(app);
    }
  }

  /** Rows that were changed and changed back are in the WAL, and not worth a page. */
  @Test
  void whatWasChangedBackIsNotPublished() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      app.execute("CREATE TABLE keep AS SELECT b FROM t WHERE id = 7");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      awaitFolded();
      rig.stop();
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      app.execute("UPDATE t SET b = zeroblob(1300) WHERE id = 7");
      app.execute("UPDATE t SET b = (SELECT b FROM keep) WHERE id = 7");
      List<RebuiltCopy.Published> before = published();
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.seal();
      assertThat(rig.status().differences()).isEqualTo(1);
      assertThat(published()).isEqualTo(before);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void segmentsThatKafkaDoesNotHaveAreComparedWithToo() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      awaitFolded();
      rig.copy.withholdAcknowledgements();
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id IN (1, 200)");
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.seal();
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 100");
      rig.pollUntil("the commit", s -> s.commits() == 2);
      rig.kill(); // its segment is not sealed
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      CaptureRig.insert(app, 1);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().differences()).isEqualTo(1);
      rig.seal();
      assertThat(last().pages()).isLessThanOrEqualTo(4);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void hashesSurviveAKillAndGoOnBeingRight() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      for (int i = 0; i < 4; i++) {
        rig.start();
        rig.pollUntil(CaptureState.ATTACHED);
        assertThat(rig.status().snapshots()).isEqualTo(i == 0 ? 1 : 0);
        CaptureRig.insert(app, 3);
        rig.pollUntil("the commit", s -> s.commits() == 1);
        if (i % 2 == 0) {
          awaitFolded();
        }
        rig.kill();
        app.query("PRAGMA wal_checkpoint(TRUNCATE)");
        app.execute("UPDATE t SET b = randomblob(1300) WHERE id % 50 = " + i);
      }
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isZero();
    }
  }

  @Test
  void afterACrashOfTheMachineWholeHashesCountAndOthersDoNot() throws Exception {
    captureOnce(300);
    changeOneRow();
    world.boot(new UUID(7, 7));
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().differences()).as("everything had reached the disk").isEqualTo(1);
    awaitFolded();
    rig.stop();

    changeOneRow();
    loseHashOfPage(9);
    world.boot(new UUID(8, 8));
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().snapshots()).as("%s", rig.status()).isEqualTo(1);
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
  }

  @Test
  void aCopyOfTheFileIsVerifiedBeforeItCounts() throws Exception {
    captureOnce(300);
    Path copy = directory.resolve("hashes");
    Files.copy(hashes(), copy);
    Files.move(copy, hashes(), StandardCopyOption.REPLACE_EXISTING);
    loseHashOfPage(9);
    changeOneRow();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().snapshots()).isEqualTo(1);
  }

  private void loseHashOfPage(int pageNo) throws IOException {
    try (FileChannel file = FileChannel.open(hashes(), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(8), HashFileHeader.HASHES_AT + (pageNo - 1) * 8L);
    }
  }

  @Test
  void withoutHashesTheResyncIsASnapshotAndTheLogGoesOn() throws Exception {
    captureOnce(300);
    RebuiltCopy.Published first = last();
    Files.delete(hashes());
    changeOneRow();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    assertThat(rig.status().snapshots()).isEqualTo(1);
    assertThat(last().snapshot()).isTrue();
    assertThat(last().logId()).isEqualTo(first.logId());
    assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
  }

  /**
   * Replicas may have them: pages that look as they did before need not be as a replica has them.
   */
  @Test
  void lostFramesThatWereSealedAreNotComparedWith() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      app.execute("CREATE TABLE keep AS SELECT b FROM t WHERE id = 7");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      awaitFolded();
      rig.copy.withholdAcknowledgements();
      app.execute("UPDATE t SET b = zeroblob(1300) WHERE id = 7");
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.seal(); // the copy has it
      rig.kill();
      for (Path segment : rig.segments()) {
        Files.delete(segment);
      }
      app.execute("UPDATE t SET b = (SELECT b FROM keep) WHERE id = 7");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.LOG_DIFFERS, 1L));
    }
  }

  @Test
  void hashesThatCannotBeWrittenHoldUpNothing() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      awaitFolded();
      world.failWrites(hashes()::equals);
      CaptureRig.insert(app, 3);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      awaitFolded();
      world.failWrites(path -> false);
      CaptureRig.insert(app, 3);
      rig.pollUntil("the commit", s -> s.commits() == 2);
      rig.awaitCopyEquals(app);
      assertThat(last().checksum()).as("not known, so not stated").isZero();
      rig.stop();
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      CaptureRig.insert(app, 3);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().snapshots()).isEqualTo(1);
      rig.awaitCopyEquals(app);
      assertThat(last().checksum()).isNotZero();
    }
  }

  @Test
  void hashesThatWereDeletedMeanwhileHoldUpNothing() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      awaitFolded();
      Files.delete(hashes());
      CaptureRig.insert(app, 3);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void everySegmentStatesTheChecksumOfTheDatabase() throws Exception {
    try (SqliteProcess other = SqliteProcess.start();
        SqliteConnection app = rig.applicationWithRows(300)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 0; i < 10; i++) {
        long commits = rig.status().commits() + 1;
        app.execute(
            i % 3 == 0
                ? "DELETE FROM t WHERE id % 10 = " + i
                : "UPDATE t SET b = randomblob(1300)");
        rig.pollUntil("the commit", s -> s.commits() == commits);
        app.execute("VACUUM");
        rig.pollUntil("the vacuum", s -> s.commits() == commits + 1);
        rig.seal();
        try (SqliteConnection checkpointer = other.open(rig.database)) {
          checkpointer.query("PRAGMA wal_checkpoint(PASSIVE)");
        }
      }
      rig.awaitCopyEquals(app);
      assertThat(published()).extracting(RebuiltCopy.Published::checksum).doesNotContain(0L);
    }
  }
}

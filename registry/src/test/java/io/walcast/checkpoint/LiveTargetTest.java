package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.FileOwnedException;
import io.walcast.io.MappedFileCutException;
import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveTargetTest {

  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transfers;

  @TempDir static Path shared;
  @TempDir Path directory;
  private Path replica;
  private LogOfSegments log;
  private LiveTarget target;

  @BeforeAll
  static void recordTransfers() throws IOException {
    sqlite = SqliteProcess.start();
    transfers = Transfers.record(sqlite, shared.resolve("primary.db"), 60);
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void open() throws IOException {
    replica = directory.resolve("replicas/a/replica.db");
    log = newLog("log", 1);
    reopen();
  }

  @AfterEach
  void close() throws IOException {
    target.close();
  }

  private LogOfSegments newLog(String name, int epoch) throws IOException {
    return new LogOfSegments(directory.resolve(name), UUID.randomUUID(), epoch, 1024);
  }

  private void reopen() throws IOException {
    if (target != null) {
      target.close();
    }
    target =
        new LiveTarget(
            new StandardIo(),
            replica,
            directory.resolve("state/a/position"),
            LiveOptions.defaults());
  }

  private SealedSegment snapshot(int transactions) throws IOException {
    return log.seal(Transfers.snapshot(transfers, transactions));
  }

  private void assertAt(SealedSegment segment) throws IOException {
    assertThat(target.position()).contains(segment.end());
    reopen();
    assertThat(target.position()).contains(segment.end());
  }

  private void assertHealthy() throws IOException {
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.integrityCheck()).isEmpty();
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
    }
  }

  @Test
  void segmentsLeadToTheStateOfThePrimary() throws Exception {
    assertThat(target.position()).isEmpty();
    SealedSegment snapshot = snapshot(10);
    target.fold(List.of(snapshot));
    assertAt(snapshot);
    List<SealedSegment> run = new ArrayList<>();
    for (int i = 10; i < 60; i += 5) {
      run.add(log.seal(transfers.subList(i, i + 5)));
    }
    target.fold(run.subList(0, 4));
    assertAt(run.get(3));
    target.fold(run.subList(4, 5));
    target.fold(run.subList(3, 10)); // of which it has two
    assertAt(run.get(9));
    int remaining = transfers.size();
    SealedSegment last = log.seal(transfers.subList(60, remaining));
    target.fold(List.of(last));
    target.force();
    assertAt(last);
    try (SqliteConnection reader = sqlite.open(replica);
        SqliteConnection primary = sqlite.open(shared.resolve("primary.db"))) {
      assertThat(reader.pageImage().differences(primary.pageImage())).isEmpty();
      assertThat(reader.dumpHash()).isEqualTo(primary.dumpHash());
    }
  }

  @Test
  void aHigherEpochThatTakesFrameNumbersAgainNeedsASnapshot() throws Exception {
    SealedSegment snapshot = snapshot(10);
    target.fold(List.of(snapshot));
    LogOfSegments again = new LogOfSegments(directory.resolve("again"), log.logId, 2, 1024);
    again.nextFrameNo = 2;
    SealedSegment other = again.seal(transfers.subList(20, 21));
    assertThat(other.lastFrameNo()).isLessThan(snapshot.lastFrameNo());
    assertThatThrownBy(() -> target.fold(List.of(other))).isInstanceOf(FoldRefusedException.class);
    assertAt(snapshot);
    SealedSegment healing = again.seal(Transfers.snapshot(transfers, 5));
    target.fold(List.of(healing));
    assertAt(healing);
    assertHealthy();
  }

  @Test
  void pagesBeyondTheFinalSizeAreLeftOut() throws Exception {
    try (Primary primary = new Primary(sqlite, directory.resolve("shrinking.db"), 1024)) {
      primary.writeVariety();
      List<Primary.Transaction> all = primary.transactions();
      SealedSegment snapshot = log.seal(all.get(0));
      List<SealedSegment> run = new ArrayList<>(List.of(snapshot));
      for (Primary.Transaction transaction : all.subList(1, all.size())) {
        run.add(log.seal(transaction));
      }
      int shrunk = run.size() - 1; // ends the run on a VACUUM, with larger page numbers before it
      while (run.get(shrunk).sizeAfter() >= run.get(shrunk - 1).sizeAfter()) {
        shrunk--;
      }
      target.fold(run.subList(0, 1));
      target.fold(run.subList(1, shrunk + 1));
      assertThat(target.position()).contains(run.get(shrunk).end());
      target.fold(run.subList(shrunk + 1, run.size()));
      assertThat(target.position()).contains(run.get(run.size() - 1).end());
      try (SqliteConnection reader = sqlite.open(replica)) {
        assertThat(reader.integrityCheck()).isEmpty();
        assertThat(reader.pageImage().differences(primary.connection.pageImage())).isEmpty();
      }
    }
  }

  @Test
  void whatItHasAlreadyHasNoEffect() throws Exception {
    SealedSegment snapshot = snapshot(10);
    SealedSegment next = log.seal(transfers.subList(10, 20));
    target.fold(List.of(snapshot, next));
    long applied = target.counters().orElseThrow().transactions();
    target.fold(List.of(snapshot));
    target.fold(List.of(snapshot, next));
    assertThat(target.counters().orElseThrow().transactions()).isEqualTo(applied);
  }

  @Test
  void whatDoesNotContinueItIsRefused() throws Exception {
    SealedSegment first = log.seal(transfers.get(12));
    assertThatThrownBy(() -> target.fold(List.of(first)))
        .isInstanceOf(FoldRefusedException.class)
        .hasMessageContaining(first.path().toString());
    SealedSegment snapshot = snapshot(10);
    target.fold(List.of(first, snapshot));
    SealedSegment skipped = log.seal(transfers.get(10));
    SealedSegment afterGap = log.seal(transfers.get(11));
    assertThatThrownBy(() -> target.fold(List.of(afterGap)))
        .isInstanceOf(FoldRefusedException.class)
        .hasMessageContaining(afterGap.path().toString());
    assertThatThrownBy(() -> target.fold(List.of(snapshot, afterGap)))
        .isInstanceOf(FoldRefusedException.class);
    log.epoch = 0;
    SealedSegment stale = log.seal(transfers.get(12));
    assertThatThrownBy(() -> target.fold(List.of(stale))).hasMessageContaining("epoch 0");
    assertAt(snapshot);
    target.fold(List.of(skipped, afterGap));
    assertAt(afterGap);
  }

  @Test
  void otherLogNeedsASnapshotAndAHigherEpoch() throws Exception {
    target.fold(List.of(snapshot(10)));
    LogOfSegments sameEpoch = newLog("same epoch", 1);
    assertThatThrownBy(
            () -> target.fold(List.of(sameEpoch.seal(Transfers.snapshot(transfers, 20)))))
        .isInstanceOf(FoldRefusedException.class);
    LogOfSegments other = newLog("other", 2);
    assertThatThrownBy(() -> target.fold(List.of(other.seal(transfers.get(10)))))
        .isInstanceOf(FoldRefusedException.class);
    SealedSegment snapshot = other.seal(Transfers.snapshot(transfers, 20));
    target.fold(List.of(snapshot));
    assertAt(snapshot);
    assertHealthy();
  }

  @Test
  void higherEpochGoesOnInTheSameLog() throws Exception {
    target.fold(List.of(snapshot(10)));
    log.epoch = 7;
    SealedSegment next = log.seal(transfers.subList(10, 20));
    target.fold(List.of(next));
    assertAt(next);
    log.nextFrameNo += 3L << 32; // numbers need not be contiguous: a new anchor is due
    SealedSegment far = log.sealStarting(next.lastFrameNo() + 1, transfers.subList(20, 30));
    target.fold(List.of(far));
    assertAt(far);
    assertHealthy();
  }

  @Test
  void foreignWriteIsNoticedAndASnapshotHealsIt() throws Exception {
    SealedSegment snapshot = snapshot(10);
    target.fold(List.of(snapshot));
    for (int commits = 1; commits <= 3; commits++) {
      try (SqliteConnection writer = sqlite.open(replica)) {
        writer.execute("CREATE TABLE foreign_" + commits + "(a)");
      }
      assertThatThrownBy(() -> target.position())
          .isInstanceOf(ReplicaDivergedException.class)
          .hasMessageContaining(replica.toString());
      reopen();
      assertThatThrownBy(() -> target.position()).isInstanceOf(ReplicaDivergedException.class);
    }
    assertThatThrownBy(() -> target.fold(List.of(log.seal(transfers.get(10)))))
        .isInstanceOf(FoldRefusedException.class);
    SealedSegment healing = snapshot(30);
    target.fold(List.of(healing));
    assertAt(healing);
    assertHealthy();
  }

  @Test
  void lostPositionFileAndForeignFilesAreNoticed() throws Exception {
    target.fold(List.of(snapshot(10)));
    target.close();
    Files.delete(directory.resolve("state/a/position"));
    reopen();
    assertThatThrownBy(() -> target.position()).isInstanceOf(ReplicaDivergedException.class);
    target.close();
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(replica.resolveSibling("replica.db" + suffix));
    }
    reopen();
    assertThat(target.position()).isEmpty();
    Files.writeString(replica, "no database at all");
    assertThatThrownBy(() -> target.position()).isInstanceOf(ReplicaDivergedException.class);
    SealedSegment snapshot = snapshot(20);
    target.fold(List.of(snapshot));
    assertAt(snapshot);
    assertHealthy();
  }

  @Test
  void fileThatIsReplacedOrDeletedInUseIsNoticed() throws Exception {
    target.fold(List.of(snapshot(10)));
    Path other = directory.resolve("other.db");
    sqlite.open(other).execute("CREATE TABLE other(a)");
    Files.move(other, replica, StandardCopyOption.REPLACE_EXISTING);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> target.position())
          .isInstanceOf(ReplicaDivergedException.class)
          .hasMessageContaining(replica.toString());
    }
    SealedSegment healing = snapshot(20);
    target.fold(List.of(healing));
    assertThat(target.position()).contains(healing.end());
    Files.delete(replica);
    assertThat(target.position()).isEmpty();
    SealedSegment again = snapshot(30);
    target.fold(List.of(again));
    assertAt(again);
    assertHealthy();
  }

  @Test
  void otherPageSizeReplacesTheDatabase() throws Exception {
    target.fold(List.of(snapshot(10)));
    try (Primary primary = new Primary(sqlite, directory.resolve("wide.db"), 8192)) {
      primary.connection.execute("INSERT INTO account VALUES(1, 2, 3)");
      LogOfSegments wide = new LogOfSegments(directory.resolve("wide"), log.logId, 1, 8192);
      wide.nextFrameNo = log.nextFrameNo;
      List<Primary.Transaction> all = primary.transactions();
      SealedSegment snapshot = wide.seal(Transfers.snapshot(all, all.size()));
      target.fold(List.of(snapshot));
      assertAt(snapshot);
      try (SqliteConnection reader = sqlite.open(replica)) {
        assertThat(reader.dumpHash()).isEqualTo(primary.connection.dumpHash());
      }
    }
  }

  @Test
  void oneOwnerAtATime() {
    assertThatThrownBy(
            () ->
                new LiveTarget(
                    new StandardIo(),
                    replica,
                    directory.resolve("elsewhere"),
                    LiveOptions.defaults()))
        .isInstanceOf(FileOwnedException.class)
        .hasMessageContaining(replica.getFileName().toString());
  }

  /** Twice: the JVM tells of the fault at once where it interprets, later where it compiles. */
  @Test
  void aWalIndexThatIsCutShortFailsOneUseAndIsMappedAnew() throws Exception {
    SealedSegment snapshot = snapshot(10);
    target.fold(List.of(snapshot));
    for (int i = 10; i < 30; i += 10) {
      String shm = replica + "-shm";
      assertThat(new ProcessBuilder("truncate", "-s", "0", shm).start().waitFor()).isZero();
      SealedSegment next = log.seal(transfers.subList(i, i + 10));
      assertThatThrownBy(() -> target.fold(List.of(next)))
          .isInstanceOf(MappedFileCutException.class)
          .hasMessageContaining(shm);
      target.fold(List.of(next));
      assertThat(target.position()).contains(next.end());
      assertHealthy();
    }
  }
}

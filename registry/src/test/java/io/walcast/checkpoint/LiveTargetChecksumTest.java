package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A replica computes the checksum of its database as it goes, and compares it with its source's.
 */
class LiveTargetChecksumTest {

  private static final int PAGE_SIZE = 1024;

  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transfers;

  @TempDir static Path shared;
  @TempDir Path directory;
  private Path replica;
  private Path state;
  private LogOfSegments log;
  private LiveOptions options = LiveOptions.defaults();
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
    replica = directory.resolve("replicas/replica.db");
    state = directory.resolve("state");
    log = new LogOfSegments(directory.resolve("log"), UUID.randomUUID(), 1, PAGE_SIZE);
    log.stating = true;
    reopen();
  }

  @AfterEach
  void close() throws IOException {
    target.close();
  }

  private void reopen() throws IOException {
    if (target != null) {
      target.close();
    }
    target = new LiveTarget(new StandardIo(), replica, state.resolve("position"), options);
  }

  private SealedSegment snapshot(int transactions) throws IOException {
    return log.seal(Transfers.snapshot(transfers, transactions));
  }

  private SealedSegment next(int from, int to) throws IOException {
    return log.seal(transfers.subList(from, to));
  }

  private void fold(SealedSegment... segments) throws IOException {
    target.fold(List.of(segments));
  }

  /** The database is at the segment, and good. */
  private void assertAt(SealedSegment segment) throws IOException {
    assertThat(target.position()).contains(segment.end());
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.integrityCheck()).isEmpty();
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
    }
  }

  /** Not even a recovery by SQLite itself, which trusts what is in the WAL, brings it back. */
  @Test
  void aSegmentThatIsRefusedIsNotLeftInTheWal() throws Exception {
    fold(snapshot(10));
    fold(next(10, 11));
    String before = content();
    log.lostPage = transfers.get(11).pages().firstKey();
    SealedSegment lacking = next(11, 12);
    assertThatThrownBy(() -> fold(lacking)).isInstanceOf(ReplicaDivergedException.class);
    target.close();
    Files.delete(replica.resolveSibling("replica.db-shm"));
    assertThat(content()).isEqualTo(before);
  }

  /** The segment is refused, nothing of it visible, and nothing but a snapshot is taken then. */
  private void assertDiverges(SealedSegment segment, int goesOnAt) throws IOException {
    String before = content();
    assertThatThrownBy(() -> fold(segment))
        .isInstanceOfAny(ReplicaDivergedException.class, FoldRefusedException.class)
        .hasMessageContaining(replica.toString())
        .hasMessageContaining("checksum");
    assertThat(content()).isEqualTo(before);
    assertThatThrownBy(() -> target.position()).isInstanceOf(ReplicaDivergedException.class);
    log.stating = false;
    SealedSegment unstated = next(goesOnAt, goesOnAt + 1);
    assertThatThrownBy(() -> target.fold(List.of(segment, unstated)))
        .isInstanceOfAny(ReplicaDivergedException.class, FoldRefusedException.class);
    assertThat(content()).isEqualTo(before);
    log.stating = true;
    SealedSegment healing = snapshot(goesOnAt + 5);
    fold(healing);
    assertAt(healing);
    SealedSegment further = next(goesOnAt + 5, goesOnAt + 6);
    fold(further);
    assertAt(further);
  }

  private String content() {
    try (SqliteConnection reader = sqlite.open(replica)) {
      return reader.pageImage().hashes().toString();
    }
  }

  private void flip(Path file, long at) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int value = bytes.read();
      bytes.seek(at);
      bytes.write(value ^ 1);
    }
  }

  @Test
  void eachSegmentLeadsToTheChecksumOfItsSource() throws Exception {
    fold(snapshot(10));
    for (int i = 10; i < 40; i += 10) {
      fold(next(i, i + 3), next(i + 3, i + 10));
      reopen();
    }
    SealedSegment last = next(40, 60);
    fold(last);
    assertAt(last);
  }

  @Test
  void pagesThatAreCutOffAndComeAgainAreCounted() throws Exception {
    try (Primary primary = new Primary(sqlite, directory.resolve("shrinking.db"), PAGE_SIZE)) {
      primary.writeVariety();
      for (Primary.Transaction transaction : primary.transactions()) {
        SealedSegment segment = log.seal(transaction);
        fold(segment);
        assertThat(target.position()).contains(segment.end());
      }
      try (SqliteConnection reader = sqlite.open(replica)) {
        assertThat(reader.pageImage().differences(primary.connection.pageImage())).isEmpty();
      }
    }
  }

  @Test
  void aSegmentThatLacksAPageIsNotTaken() throws Exception {
    fold(snapshot(10));
    log.lostPage = transfers.get(10).pages().firstKey();
    SealedSegment lacking = next(10, 11);
    log.lostPage = 0;
    assertDiverges(lacking, 11);
  }

  @Test
  void aSegmentThatGrowsTheDatabaseAndLacksANewPageIsNotTaken() throws Exception {
    try (Primary primary = new Primary(sqlite, directory.resolve("growing.db"), PAGE_SIZE)) {
      primary.connection.execute("INSERT INTO account VALUES(1, 2, zeroblob(5000))");
      List<Primary.Transaction> all = primary.transactions();
      Primary.Transaction growing = all.get(all.size() - 1);
      fold(log.seal(all.subList(0, all.size() - 1)));
      log.lostPage = growing.sizeAfter() - 1;
      SealedSegment lacking = log.seal(growing);
      assertThatThrownBy(() -> fold(lacking))
          .isInstanceOf(ReplicaDivergedException.class)
          .hasMessageContaining("lack");
    }
  }

  @Test
  void aFlippedBitInTheDatabaseIsFoundByTheSegmentThatReplacesThePage() throws Exception {
    options = new LiveOptions(1, 1000, Duration.ZERO, Duration.ofSeconds(5)); // all in the file
    reopen();
    fold(snapshot(10));
    fold(next(10, 11));
    int pageNo = transfers.get(11).pages().lastKey();
    flip(replica, (pageNo - 1L) * PAGE_SIZE + 700);
    assertDiverges(next(11, 12), 12);
  }

  @Test
  void aFlippedBitAnywhereIsFoundByTheNextSegmentAfterAKill() throws Exception {
    fold(snapshot(10));
    target.force();
    fold(next(10, 11)); // after which no checksum was kept
    copyStateAndReopen();
    int pageNo = 2;
    assertThat(transfers.get(11).pages()).doesNotContainKey(pageNo);
    flip(replica, (pageNo - 1L) * PAGE_SIZE + 700);
    assertDiverges(next(11, 12), 12);
  }

  /** What a kill leaves: the checksum that was kept last, not the one of a clean close. */
  private void copyStateAndReopen() throws IOException {
    byte[] kept = Files.readAllBytes(state.resolve(LiveTarget.CHECKSUM_FILE));
    target.close();
    Files.write(state.resolve(LiveTarget.CHECKSUM_FILE), kept);
    target = null;
    reopen();
  }

  @Test
  void afterAKillTheDatabaseIsReadOnceAndGoesOn() throws Exception {
    fold(snapshot(10));
    target.force();
    fold(next(10, 11));
    copyStateAndReopen();
    SealedSegment last = next(11, 12);
    fold(last);
    assertAt(last);
  }

  @Test
  void aFlippedBitInTheNativeWalIsFoundByTheSegmentThatReplacesThePage() throws Exception {
    fold(snapshot(10));
    fold(next(10, 11));
    int pageNo = transfers.get(10).pages().lastKey();
    SealedSegment next = next(11, 40);
    assertThat(next.indexOf(pageNo)).isNotNegative();
    Path wal = replica.resolveSibling("replica.db-wal");
    flip(wal, Files.size(wal) - 300); // its last frame has the highest page
    assertDiverges(next, 40);
  }

  @Test
  void aForeignWriteWhileItIsClosedIsFoundByTheNextSegment() throws Exception {
    fold(snapshot(10));
    fold(next(10, 11));
    target.close();
    try (SqliteConnection foreign = sqlite.open(replica)) {
      foreign.execute("UPDATE left_side SET filler = zeroblob(60) WHERE id = 1");
    }
    target = null;
    reopen();
    assertDiverges(next(11, 12), 12);
  }

  @Test
  void aForeignWriteWhileItIsOpenIsNotTakenForItsOwnLater() throws Exception {
    fold(snapshot(10));
    try (SqliteConnection foreign = sqlite.open(replica)) {
      foreign.execute("UPDATE left_side SET filler = zeroblob(60) WHERE id = 1");
    }
    target.close(); // before it noticed
    target = null;
    reopen();
    assertDiverges(next(10, 11), 11);
  }

  @Test
  void aSnapshotThatIsNotWhatItsSourceHasIsNotTaken() throws Exception {
    log.alteredPage = 2;
    SealedSegment first = snapshot(5);
    assertThatThrownBy(() -> fold(first)).isInstanceOf(ReplicaDivergedException.class);
    assertThat(replica).doesNotExist();
    log.alteredPage = 0;
    fold(snapshot(8));
    log.alteredPage = 2;
    SealedSegment second = snapshot(10);
    log.alteredPage = 0;
    assertDiverges(second, 10);
  }

  @Test
  void whereTheSourceStatesNothingNothingIsCompared() throws Exception {
    fold(snapshot(10));
    log.stating = false;
    int lost = transfers.get(10).pages().firstKey();
    log.lostPage = lost;
    SealedSegment unstated = next(10, 11);
    fold(unstated);
    assertThat(target.position()).contains(unstated.end());
    log.stating = true;
    log.lostPage = 0;
    assertThat(transfers.get(30).pages()).doesNotContainKey(lost);
    SealedSegment stated = next(30, 31); // its pages are of their own
    assertThatThrownBy(() -> fold(stated)).isInstanceOf(ReplicaDivergedException.class);
  }
}

package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A live database among SQLite connections of another process. */
class LiveDatabaseReadersTest {

  private static final int TRANSFERS = 400;
  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transfers;

  @TempDir static Path shared;
  @TempDir Path directory;
  private Path replica;
  private LiveDatabase live;
  private int counter;

  @BeforeAll
  static void recordTransfers() throws IOException {
    sqlite = SqliteProcess.start();
    transfers = Transfers.record(sqlite, shared.resolve("primary.db"), TRANSFERS);
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void create() throws IOException {
    replica = directory.resolve("replica.db");
    EmptyDatabase.create(new StandardIo(), replica, 1024);
    counter = 1;
  }

  @AfterEach
  void close() throws IOException {
    live.close();
  }

  private void open(int checkpointFrames, int limitFrames) throws IOException {
    live =
        LiveDatabase.open(
            new StandardIo(),
            replica,
            new LiveOptions(
                checkpointFrames, limitFrames, Duration.ofMillis(20), Duration.ofMillis(300)));
  }

  private void apply(int from, int to) throws IOException {
    for (Primary.Transaction transaction : transfers.subList(from, to)) {
      live.apply(transaction, transaction.sizeAfter(), ++counter);
    }
  }

  @Test
  void readersSeeWholeTransactionsOnly() throws Exception {
    open(15, 1000);
    apply(0, 10);
    Primary.Transaction start = Transfers.snapshot(transfers, 10);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(3);
    try {
      List<Future<Integer>> reads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        reads.add(readers.submit(() -> readUntil(done)));
      }
      for (int round = 0; round < 8; round++) {
        live.apply(start, start.sizeAfter(), ++counter);
        apply(10, transfers.size());
      }
      done.set(true);
      for (Future<Integer> read : reads) {
        assertThat(read.get()).isPositive();
      }
    } finally {
      readers.shutdownNow();
    }
    assertThat(live.counters().resets()).isPositive();
    assertThat(live.counters().transactions()).isEqualTo(10 + 8 * (1 + transfers.size() - 10));
  }

  private int readUntil(AtomicBoolean done) {
    int reads = 0;
    try (SqliteConnection reader = sqlite.open(replica)) {
      while (!done.get() || reads == 0) {
        assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
        if (reads++ % 20 == 0) {
          assertThat(reader.integrityCheck()).isEmpty();
        }
      }
    }
    return reads;
  }

  @Test
  void longReaderKeepsItsSnapshotAcrossCheckpointsAndDelaysTheReset() throws Exception {
    open(10, 1000);
    apply(0, 20);
    try (SqliteConnection reader = sqlite.open(replica)) {
      reader.execute("BEGIN");
      String before = reader.dumpHash();
      apply(20, 200);
      assertThat(live.checkpoint()).isFalse();
      assertThat(live.drain(Duration.ofMillis(20))).isFalse();
      assertThat(reader.dumpHash()).isEqualTo(before);
      assertThat(live.walFrames()).isGreaterThan(180);
      reader.execute("COMMIT");
      assertThat(reader.dumpHash()).isNotEqualTo(before);
    }
    assertThat(live.drain(Duration.ofSeconds(5))).isTrue();
    apply(200, 201);
    assertThat(live.walFrames()).isLessThan(10);
  }

  @Test
  void readerOfTheNewestFramesKeepsThemThoughAllAreInTheDatabaseFile() throws Exception {
    open(1000, 1000);
    apply(0, 100);
    try (SqliteConnection reader = sqlite.open(replica)) {
      reader.execute("BEGIN");
      String before = reader.dumpHash();
      assertThat(live.checkpoint()).isTrue();
      apply(100, 300);
      assertThat(reader.dumpHash()).isEqualTo(before);
      assertThat(live.counters().resets()).isZero();
      assertThat(live.counters().resetsBusy()).isPositive();
    }
  }

  @Test
  void walThatHasGrownBeyondItsLimitShrinksWhenItStartsOver() throws Exception {
    open(10, 50);
    try (SqliteConnection reader = sqlite.open(replica)) {
      reader.execute("BEGIN");
      reader.query("SELECT * FROM sqlite_schema");
      apply(0, 60);
      reader.execute("COMMIT");
    }
    assertThat(Files.size(WalConnection.walOf(replica))).isGreaterThan(51 * 1048);
    apply(60, 62);
    assertThat(Files.size(WalConnection.walOf(replica))).isLessThan(51 * 1048);
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.integrityCheck()).isEmpty();
    }
  }

  @Test
  void pagesThatWereNeverWrittenReadAsZerosAroundTheLockBytePage() throws Exception {
    open(1000, 1000);
    int lockBytePage = DatabaseHeader.lockBytePage(1024);
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    for (int pageNo : new int[] {lockBytePage - 1, lockBytePage + 1}) {
      byte[] page = new byte[1024];
      Arrays.fill(page, (byte) 7);
      pages.put(pageNo, page);
    }
    live.apply(new Primary.Transaction(pages, lockBytePage + 3), lockBytePage + 3, 2);
    assertThat(live.drain(Duration.ofSeconds(5))).isTrue();
    assertThat(Files.size(replica)).isEqualTo((lockBytePage + 3) * 1024L);
    for (int pageNo = lockBytePage - 2; pageNo <= lockBytePage + 3; pageNo++) {
      ByteBuffer page = ByteBuffer.allocate(1024);
      live.readPage(pageNo, page);
      assertThat(page.array()[500])
          .as("page %d", pageNo)
          .isEqualTo(pages.containsKey(pageNo) ? (byte) 7 : 0);
    }
    Primary.Transaction start = Transfers.snapshot(transfers, 10);
    live.apply(start, start.sizeAfter(), 3); // and back again
    assertThat(live.drain(Duration.ofSeconds(5))).isTrue();
    assertThat(Files.size(replica)).isEqualTo(start.sizeAfter() * 1024L);
    assertThat(sqlite.integrityCheck(replica)).isEmpty();
  }

  @Test
  void walAtItsLimitMakesTheApplierWaitAndCountsIt() throws Exception {
    open(10, 50);
    apply(0, 20);
    try (SqliteConnection reader = sqlite.open(replica)) {
      reader.execute("BEGIN");
      reader.queryOne(Transfers.SUM);
      apply(20, 60);
      assertThat(live.counters().limitWaits()).isPositive();
    }
    long waits = live.counters().limitWaits();
    apply(60, 120);
    assertThat(live.counters().limitWaits()).isEqualTo(waits);
  }

  @Test
  void checkpointsOfOthersAreNoticed() throws Exception {
    open(1000, 1000);
    for (int i = 0; i < 40; i += 10) {
      apply(i, i + 10);
      try (SqliteConnection other = sqlite.open(replica)) {
        assertThat(other.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("0");
        assertThat(Files.size(WalConnection.walOf(replica))).isZero();
        assertThat(live.changeCounter()).isEqualTo(counter);
        assertThat(other.queryOne(Transfers.SUM.replace("sum(balance)", "count(*)")))
            .isEqualTo("200");
      }
    }
    try (SqliteConnection other = sqlite.open(replica)) {
      assertThat(other.integrityCheck()).isEmpty();
      assertThat(other.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
    }
  }

  @Test
  void lastReaderToCloseLeavesTheWalAlone() throws Exception {
    open(1000, 1000);
    apply(0, 20);
    sqlite.open(replica).close();
    assertThat(WalConnection.walOf(replica)).exists();
    assertThat(WalConnection.shmOf(replica)).exists();
    apply(20, 40);
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      assertThat(reader.integrityCheck()).isEmpty();
    }
  }

  @Test
  void foreignWriterIsWaitedForOnlySoLongAndNamed() throws Exception {
    open(1000, 1000);
    apply(0, 20);
    try (SqliteConnection writer = sqlite.open(replica)) {
      writer.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(() -> apply(20, 21))
          .isInstanceOf(DatabaseLockedException.class)
          .hasMessageContaining(replica.toString());
      assertThat(live.changeCounter()).isEqualTo(20 + 1);
      writer.execute("ROLLBACK");
    }
    counter--;
    apply(20, 40);
    assertThat(live.changeCounter()).isEqualTo(40 + 1);
  }

  @Test
  void transactionsThatCannotBeAreRefused() throws Exception {
    open(1000, 1000);
    apply(0, 2);
    Primary.Transaction last = transfers.get(1);
    assertThatThrownBy(() -> live.apply(last, 1, 99)).hasMessageContaining("to 1 pages");
    int lockBytePage = DatabaseHeader.lockBytePage(1024);
    Primary.Transaction lockByte =
        new Primary.Transaction(new TreeMap<>(Map.of(lockBytePage, new byte[1024])), lockBytePage);
    assertThatThrownBy(() -> live.apply(lockByte, lockBytePage + 1, 99))
        .hasMessageContaining("lock-byte page");
    assertThat(live.changeCounter()).isEqualTo(counter);
  }
}

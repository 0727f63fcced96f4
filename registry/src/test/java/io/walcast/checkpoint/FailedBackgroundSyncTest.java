package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.walcast.io.LosingIo;
import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The WAL of a live replica is synced in the background while frames come, and once that fails: the
 * system tells of it once, and what was to be written is gone with the next power cut.
 */
class FailedBackgroundSyncTest {

  private static final int PAGE_SIZE = 65536;
  private static final int TRANSACTIONS = 8; // each more than what is synced at once
  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transactions;

  @TempDir static Path shared;
  @TempDir Path directory;
  private Path replica;
  private LogOfSegments log;
  private LosingIo io;
  private LiveTarget target;
  private int next; // transaction
  private SealedSegment newest;

  @BeforeAll
  static void record() throws IOException {
    sqlite = SqliteProcess.start();
    try (Primary primary = new Primary(sqlite, shared.resolve("primary.db"), PAGE_SIZE)) {
      primary.connection.execute(
          "CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB);"
              + "INSERT INTO t WITH RECURSIVE n(i) AS"
              + " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 36)"
              + " SELECT i, zeroblob(65000) FROM n");
      for (int i = 0; i < TRANSACTIONS; i++) {
        primary.connection.execute("UPDATE t SET b = randomblob(65000)");
      }
      transactions = primary.transactions();
    }
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void begin() throws IOException {
    replica = directory.resolve("replicas/replica.db");
    log = new LogOfSegments(directory.resolve("log"), UUID.randomUUID(), 1, PAGE_SIZE);
    log.stating = true;
    io = new LosingIo(directory.resolve("replicas/replica.db-wal"));
    next = transactions.size() - TRANSACTIONS;
  }

  @AfterEach
  void close() throws IOException {
    target.close();
  }

  private void open(io.walcast.io.Io on, int checkpointFrames) throws IOException {
    LiveOptions options =
        new LiveOptions(checkpointFrames, 10_000, Duration.ZERO, Duration.ofSeconds(5));
    target = new LiveTarget(on, replica, directory.resolve("state/position"), options);
  }

  private SealedSegment nextSegment() throws IOException {
    assertThat(next)
        .as("transactions: no sync fails, or nobody is told")
        .isLessThan(transactions.size());
    return log.seal(transactions.get(next++));
  }

  private void fold(SealedSegment segment) throws IOException {
    target.fold(List.of(segment));
    newest = segment;
  }

  private void foldSnapshot() throws IOException {
    fold(log.seal(Transfers.snapshot(transactions, next)));
  }

  /** Whether it fails, because of what has happened in the background. */
  private boolean fails(ThrowingCallable action) throws IOException {
    try {
      action.call();
      return false;
    } catch (Throwable e) {
      assertThat(e)
          .isExactlyInstanceOf(IOException.class)
          .hasMessage("injected: a sync in the background");
      return true;
    }
  }

  /** Whoever comes after a power cut finds the newest segment. */
  private void assertNewestAfterAPowerCut() throws IOException {
    target.close();
    io.losePower();
    Files.delete(directory.resolve("replicas/replica.db-shm"));
    open(new StandardIo(), 1000);
    assertThat(target.position()).contains(newest.end());
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    for (Map.Entry<Integer, byte[]> expected :
        Transfers.snapshot(transactions, next).pages().tailMap(1, false).entrySet()) {
      target.readPage(expected.getKey(), page.clear());
      assertThat(page.array()).as("page %d", expected.getKey()).isEqualTo(expected.getValue());
    }
    assertThat(sqlite.integrityCheck(replica)).isEmpty();
  }

  @Test
  void theNextForceFailsAndTheOneAfterItWritesEverythingAgain() throws Exception {
    open(io, 1000);
    foldSnapshot();
    io.failInBackground(true);
    do { // nothing is synced in the background while the thread for it is at something else
      fold(nextSegment());
    } while (!fails(target::force));
    io.failInBackground(false);
    assertThat(io.failures()).isEqualTo(1);
    assertThat(target.position()).contains(newest.end());
    assertThatCode(target::force).doesNotThrowAnyException();
    assertNewestAfterAPowerCut();
    fold(nextSegment());
    assertThat(target.position()).contains(newest.end());
  }

  @Test
  void aFoldThatHasToSyncFailsAndCanBeDoneAgain() throws Exception {
    open(io, 1); // all is checkpointed: each fold starts the WAL over, which takes a sync
    foldSnapshot();
    io.failInBackground(true);
    SealedSegment failed = null;
    while (failed == null) {
      SealedSegment segment = nextSegment();
      if (fails(() -> target.fold(List.of(segment)))) {
        failed = segment;
      } else {
        newest = segment;
      }
    }
    io.failInBackground(false);
    assertThat(io.failures()).isEqualTo(1);
    assertThat(target.position()).contains(newest.end());
    fold(failed);
    target.force();
    assertNewestAfterAPowerCut();
    fold(nextSegment());
    assertThat(target.position()).contains(newest.end());
  }

  /** Nobody can tell the next life of the process, which writes all of it again as it is. */
  @Test
  void closingFailsAndTheNextLifeMakesItGood() throws Exception {
    open(io, 1000);
    foldSnapshot();
    target.close();
    io.failInBackground(true);
    do {
      open(io, 1000);
      fold(nextSegment());
    } while (!fails(target::close));
    io.failInBackground(false);
    open(io, 1000);
    assertThat(target.position()).contains(newest.end());
    target.force();
    assertNewestAfterAPowerCut();
  }
}

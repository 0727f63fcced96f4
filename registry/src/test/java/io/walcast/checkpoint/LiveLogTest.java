package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.MemoryBudget;
import io.walcast.io.StandardIo;
import io.walcast.registry.CheckpointListener;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments that wait become the database, however they come together and wherever they wait. */
class LiveLogTest {

  private static final int PAGE_SIZE = 1024;
  private static final int TRANSACTIONS = 60;
  private static final int MADE = 10; // transactions that make the tables

  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transfers;

  @TempDir static Path shared;
  @TempDir Path directory;

  private final UUID logId = UUID.randomUUID();
  private final TreeMap<Integer, byte[]> model = new TreeMap<>();
  private final List<LogPosition> folded = new ArrayList<>();
  private final MemoryBudget memory = new MemoryBudget(40_000);
  private int due;
  private Path replica;
  private LiveTarget target;
  private LiveLog log;

  @BeforeAll
  static void recordTransfers() throws IOException {
    sqlite = SqliteProcess.start();
    transfers = Transfers.record(sqlite, shared.resolve("primary.db"), TRANSACTIONS);
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void open() throws IOException {
    replica = directory.resolve("replicas/replica.db");
    target =
        new LiveTarget(
            new StandardIo(), replica, directory.resolve("state/position"), soonGivingUp());
    CheckpointListener listener =
        new CheckpointListener() {
          @Override
          public void checkpointed(LogPosition upTo) {
            folded.add(upTo);
          }

          @Override
          public void failed(IOException cause) {
            throw new AssertionError(cause);
          }
        };
    log =
        new LiveLog(
            target,
            new LogPosition(logId, 1, 0, 0, PAGE_SIZE),
            null,
            new StandardIo(),
            directory.resolve("state/pages"),
            memory,
            listener,
            () -> due++);
  }

  /** On the lock that a foreign writer holds. */
  private static LiveOptions soonGivingUp() {
    LiveOptions options = LiveOptions.defaults();
    return new LiveOptions(
        options.checkpointFrames(),
        options.walLimitFrames(),
        options.limitWait(),
        Duration.ofMillis(200));
  }

  @AfterEach
  void close() throws IOException {
    log.close();
    assertThat(memory.used()).isZero();
  }

  private void put(Primary.Transaction transaction) throws IOException {
    log.begin();
    for (Map.Entry<Integer, byte[]> page : transaction.pages().entrySet()) {
      log.put(page.getKey(), ByteBuffer.wrap(page.getValue()));
    }
  }

  private void commit(Primary.Transaction transaction, boolean stating) {
    model.putAll(transaction.pages());
    model.tailMap(transaction.sizeAfter(), false).clear();
    long sum = 0;
    for (Map.Entry<Integer, byte[]> page : model.entrySet()) {
      sum ^= PageHash.of(page.getKey(), ByteBuffer.wrap(page.getValue()));
    }
    log.commit(log.lastFrameNo() + 10, transaction.sizeAfter(), stating ? PageHash.stated(sum) : 0);
  }

  /** The i-th transaction after the snapshot, from 1. */
  private static Primary.Transaction transfer(int i) {
    return transfers.get(MADE + i - 1);
  }

  private void take(int i, boolean stating) throws IOException {
    Primary.Transaction transaction = i == 0 ? Transfers.snapshot(transfers, MADE) : transfer(i);
    put(transaction);
    commit(transaction, stating);
  }

  private void assertFolded() throws IOException {
    assertThat(target.position().orElseThrow().frameNo()).isEqualTo(log.lastFrameNo());
    assertThat(log.waitingBytes()).isZero();
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.integrityCheck()).isEmpty();
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
    }
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    for (Map.Entry<Integer, byte[]> expected : model.entrySet()) {
      if (expected.getKey() != 1) { // which has bytes of its own
        target.readPage(expected.getKey(), page.clear());
        assertThat(page.array()).isEqualTo(expected.getValue());
      }
    }
  }

  @Test
  void segmentsComeTogetherAsFoldsAllow() throws IOException {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("LiveLogTest: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i <= transfers.size() - MADE; i++) {
      if (random.nextInt(4) == 0) {
        put(transfers.get(random.nextInt(transfers.size())));
        log.rollback();
      }
      take(i, random.nextInt(4) != 0);
      if (random.nextInt(5) == 0) {
        assertThat(log.checkpoint()).isFalse();
        assertFolded();
      }
    }
    log.checkpoint();
    assertFolded();
  }

  @Test
  void aPageWaitsOnceHoweverOftenItIsWritten() throws IOException {
    take(0, true);
    log.checkpoint();
    take(1, true);
    long once = log.waitingBytes();
    put(transfer(1));
    commit(transfer(1), true);
    assertThat(log.waitingBytes()).isEqualTo(once);
    assertThat(due).isEqualTo(2);
    log.checkpoint();
    assertFolded();
    assertThat(folded).hasSize(2);
    assertThat(log.checkpoint()).isFalse();
    assertThat(folded).hasSize(2);
  }

  @Test
  void aWrongPageDoesNotHideBehindASegmentWithoutAChecksum() throws IOException {
    take(0, true);
    log.checkpoint();
    Primary.Transaction transaction = transfer(1);
    log.begin();
    for (Map.Entry<Integer, byte[]> page : transaction.pages().entrySet()) {
      byte[] other = page.getValue().clone();
      other[PAGE_SIZE - 1] ^= 1;
      log.put(page.getKey(), ByteBuffer.wrap(other));
    }
    commit(transaction, true);
    take(2, false);
    assertThatThrownBy(log::checkpoint).isInstanceOf(ReplicaDivergedException.class);
    assertThat(log.waitingBytes()).isPositive();
  }

  @Test
  void whatFailedIsFoldedWithWhatCameAfterIt() throws IOException {
    take(0, true);
    log.checkpoint();
    take(1, true);
    try (SqliteConnection writer = sqlite.open(replica)) {
      writer.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(log::checkpoint).isInstanceOf(IOException.class);
      take(2, true);
      writer.execute("ROLLBACK");
    }
    assertThat(log.checkpoint()).isFalse();
    assertFolded();
  }
}

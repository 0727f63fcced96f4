package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Readers of several languages, in processes of their own, check an invariant while {@code
 * -Dwalcast.transactions} transactions are applied under them.
 */
class LiveDatabaseInvariantTest {

  private static final int TRANSACTIONS = Integer.getInteger("walcast.transactions", 4_000);
  private static final int TRANSFERS = 400;
  private static final int READS_PER_CHECK = 40;
  private static final int READS_PER_CONNECTION = 25;
  private static final int TRANSACTIONS_PER_LOOK = 97;

  private static List<Primary.Transaction> transactions;
  private static int first; // of the transfers

  @TempDir static Path shared;
  @TempDir Path directory;
  private final List<SqliteProcess> processes = new ArrayList<>();
  private final AtomicBoolean done = new AtomicBoolean();
  private Path replica;
  private ReplicaDatabase live;
  private int counter = 1;
  private int applied; // index of the newest one

  /** Whoever answers SQL. */
  private interface Reader {
    String ask(String sql) throws IOException;
  }

  @BeforeAll
  static void record() throws IOException {
    try (SqliteProcess sqlite = SqliteProcess.start()) {
      transactions = Transfers.record(sqlite, shared.resolve("primary.db"), TRANSFERS);
    }
    first = transactions.size() - TRANSFERS;
  }

  @BeforeEach
  void name() {
    replica = directory.resolve("replica.db");
  }

  @AfterEach
  void close() throws IOException {
    live.close();
    processes.forEach(SqliteProcess::close);
  }

  private void open(ReplicaJournal journal, int checkpointFrames, int limitFrames)
      throws IOException {
    EmptyDatabase.create(new StandardIo(), replica, journal, 1024, Steps.NONE);
    live =
        journal.open(
            new StandardIo(),
            replica,
            new LiveOptions(
                checkpointFrames, limitFrames, Duration.ofSeconds(1), Duration.ofSeconds(10)));
    put(Transfers.snapshot(transactions, first + 1));
    applied = first;
  }

  private void put(Primary.Transaction transaction) throws IOException {
    live.apply(transaction, transaction.sizeAfter(), ++counter);
  }

  /** The next transfer; after the last one, all of them are taken back at once. */
  private void applyNext() throws IOException {
    if (applied == transactions.size() - 1) {
      put(Transfers.snapshot(transactions, first + 1));
      applied = first;
    } else {
      put(transactions.get(++applied));
    }
  }

  private SqliteConnection connect() {
    SqliteProcess process = SqliteProcess.start();
    processes.add(process);
    return process.open(replica);
  }

  private void applyAll(SqliteConnection watcher, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      applyNext();
      if (i % TRANSACTIONS_PER_LOOK == 0) {
        int transfer = applied - first;
        assertThat(watcher.queryLong("SELECT balance FROM left_side WHERE id=" + account(transfer)))
            .as("as the newest transfer left it")
            .isEqualTo(100 - 7 * (1 + transfer / 100));
      }
    }
  }

  private static int account(int transfer) {
    return 1 + transfer % 100;
  }

  private int readUntilDone(Reader reader) throws IOException {
    int reads = 0;
    while (!done.get() || reads == 0) {
      assertThat(reader.ask(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      if (reads++ % READS_PER_CHECK == 0) {
        assertThat(reader.ask("PRAGMA integrity_check")).isEqualTo("ok");
      }
    }
    return reads;
  }

  private int connectAgainAndAgain() throws IOException {
    int reads = 0;
    SqliteProcess process = SqliteProcess.start();
    try (process) {
      while (!done.get() || reads == 0) {
        try (SqliteConnection reader = process.open(replica)) {
          for (int i = 0; i < READS_PER_CONNECTION; i++) {
            assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
            reads++;
          }
        }
      }
    }
    return reads;
  }

  @ParameterizedTest
  @EnumSource
  void everyReaderSeesWholeTransactionsAndTheNewest(ReplicaJournal journal) throws Exception {
    // Readers and applier wait for each other, and each transaction is synced.
    int count = journal == ReplicaJournal.WAL ? TRANSACTIONS : TRANSACTIONS / 20;
    open(journal, 100, 10_000);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (OutsideReader python = OutsideReader.python(directory, replica);
        OutsideReader shell = OutsideReader.shell(replica);
        SqliteConnection warm = connect();
        SqliteConnection watcher = connect()) {
      warm.queryOne("PRAGMA mmap_size=268435456");
      List<Future<Integer>> readers = new ArrayList<>();
      for (Reader reader : List.<Reader>of(python::ask, shell::ask, warm::queryOne)) {
        readers.add(threads.submit(() -> readUntilDone(reader)));
      }
      readers.add(threads.submit(this::connectAgainAndAgain));
      try {
        applyAll(watcher, count);
      } finally {
        done.set(true);
      }
      for (Future<Integer> reader : readers) {
        System.out.println(reader.get() + " reads beside " + count + " transactions");
      }
    } finally {
      threads.shutdownNow();
    }
    if (journal == ReplicaJournal.WAL) {
      assertThat(live.counters().resets()).isPositive();
    }
  }

  @Test
  void aReaderOfOneSnapshotKeepsItWhileAllOthersGoOn() throws Exception {
    open(ReplicaJournal.WAL, 100, Integer.MAX_VALUE);
    try (SqliteConnection slow = connect();
        SqliteConnection watcher = connect()) {
      slow.execute("BEGIN");
      String before = slow.dumpHash();
      applyAll(watcher, TRANSACTIONS);
      assertThat(slow.dumpHash()).isEqualTo(before);
      slow.execute("COMMIT");
      assertThat(slow.dumpHash()).isEqualTo(watcher.dumpHash());
      assertThat(slow.integrityCheck()).isEmpty();
    }
    assertThat(live.counters().resets()).isZero();
    assertThat(((LiveDatabase) live).drain(Duration.ofSeconds(10))).isTrue();
  }
}

package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.OutsideReader;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.RecordedPages;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.JavaProcess;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The process that keeps a replica is killed at random moments, {@code -Dwalcast.replica.kills}
 * times, while readers of other processes stay connected. The next one has to find the position,
 * and with it every page, exactly before or after the transaction that the kill fell into.
 */
class KilledReplicaTest {

  private static final int KILLS = Integer.getInteger("walcast.replica.kills", 12);
  private static final long SEED =
      Long.getLong("walcast.seed", ThreadLocalRandom.current().nextInt(1 << 20));
  private static final int TRANSFERS = 300;
  private static final int MOST_FOLDS = 60;
  private static final int LONGEST_NS = 2_000_000;

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private final AtomicBoolean done = new AtomicBoolean();
  private SqliteProcess sqlite;
  private Path replica;
  private ReplicaJournal journal;
  private int kills;
  private int newest;

  @BeforeEach
  void record() throws IOException {
    System.out.println(KILLS + " kills of a replica's process, seed " + SEED);
    sqlite = SqliteProcess.start();
    replica = directory.resolve("replicas/replica.db");
    List<Primary.Transaction> all =
        Transfers.record(sqlite, directory.resolve("primary.db"), TRANSFERS);
    int first = all.size() - TRANSFERS;
    List<Primary.Transaction> transactions = new ArrayList<>(all.subList(first, all.size()));
    transactions.add(0, Transfers.snapshot(all, first)); // each round begins with the tables
    RecordedPages.write(directory.resolve("recorded"), transactions);
  }

  @AfterEach
  void stop() {
    sqlite.close();
  }

  /** With a rollback journal each transaction is synced and waits for its readers. */
  private void begin(ReplicaJournal kind) {
    journal = kind;
    kills = kind == ReplicaJournal.WAL ? KILLS : Math.max(1, KILLS / 4);
  }

  private JavaProcess folding() {
    return JavaProcess.leashed(FoldingProcess.class.getName())
        .jvm("-Xmx128m", "-XX:+UseSerialGC")
        .args(
            replica.toString(),
            directory.resolve("state/.position").toString(),
            directory.resolve("recorded").toString(),
            directory.resolve("segments").toString(),
            journal.name())
        .start();
  }

  /** A life of the process, from what it finds to some moment after some folds. */
  private void live(int folds, int thenNs) throws IOException {
    try (JavaProcess process = folding();
        BufferedReader said = process.process().inputReader()) {
      int found = number(said.readLine(), "at ");
      assertThat(found).as("transactions that the replica has").isIn(newest, newest + 1);
      newest = found;
      for (int i = 0; i < folds; i++) {
        newest = number(said.readLine(), "folded ");
      }
      LockSupport.parkNanos(thenNs);
      process.process().toHandle().destroyForcibly(); // unlike the process it leaves the pipe open
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        newest = number(line, "folded "); // said between the last look and the kill
      }
    }
  }

  private static int number(String line, String after) {
    assertThat(line).as("what the process says").isNotNull().startsWith(after);
    return Integer.parseInt(line.substring(after.length()));
  }

  /** Whoever answers SQL. */
  private interface Reader {
    String ask(String sql) throws IOException;
  }

  private int readUntilDone(Reader reader) throws IOException {
    int own = 0;
    while (!done.get() || own == 0) {
      assertThat(reader.ask(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      if (own++ % 20 == 0) {
        assertThat(reader.ask("PRAGMA integrity_check")).isEqualTo("ok");
      }
    }
    return own;
  }

  @ParameterizedTest
  @EnumSource
  void eachLifeFindsWhatTheLastOneLeft(ReplicaJournal kind) throws Exception {
    begin(kind);
    live(1, 0);
    ExecutorService threads = Executors.newCachedThreadPool();
    try (OutsideReader python = OutsideReader.python(directory, replica);
        SqliteProcess other = SqliteProcess.start();
        SqliteConnection warm = other.open(replica)) {
      List<Future<Integer>> readers = new ArrayList<>();
      for (Reader reader : List.<Reader>of(python::ask, warm::queryOne)) {
        readers.add(threads.submit(() -> readUntilDone(reader)));
      }
      try {
        for (int i = 0; i < kills; i++) {
          live(random.nextInt(MOST_FOLDS), random.nextInt(LONGEST_NS));
        }
      } finally {
        done.set(true);
      }
      for (Future<Integer> reader : readers) {
        System.out.println(reader.get() + " reads beside " + newest + " transactions");
      }
    } finally {
      threads.shutdownNow();
    }
    live(3, 0);
    assertThat(sqlite.integrityCheck(replica)).isEmpty();
  }

  /** With nobody else there, who comes next finds what a crash has left, not what readers hold. */
  @ParameterizedTest
  @EnumSource
  void withoutReadersEitherWay(ReplicaJournal kind) throws Exception {
    begin(kind);
    live(1, 0);
    for (int i = 0; i < kills / 3 + 1; i++) {
      live(random.nextInt(MOST_FOLDS), random.nextInt(LONGEST_NS));
      if (random.nextBoolean()) { // folds the WAL in and deletes it as it closes
        try (SqliteConnection visitor = sqlite.open(replica)) {
          assertThat(visitor.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
          assertThat(visitor.integrityCheck()).isEmpty();
        }
      }
    }
    live(3, 0);
  }
}

package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.SpillingIo;
import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import io.walcast.testkit.UpdateLoad;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Applying transactions to a live replica, checksums included, against stock SQLite doing the same
 * updates with the same sync setting ({@code synchronous=NORMAL}: syncs at checkpoints), in turns.
 * The segments wait in memory, as the sink has them ({@link SpillingIo}). Run by {@code ./mvnw
 * -Pbenchmark -pl testkit,registry -Dit.test=ApplyBenchmark verify}.
 */
class ApplyBenchmark {

  private static final int ROUNDS = Integer.getInteger("walcast.benchmark.rounds", 5);
  private static final int ROWS = 4_000;
  private static final int PAGE_SIZE = 4_096;
  private static final int PAGES_AT_ONCE = 10_000;
  private static final long SEGMENT_MEMORY = 64 << 20; // as buffer.memory.bytes

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"1, 10000, 1.0", "10, 2000, 1.5", "1000, 40, 2.0"})
  void apply(int pages, int count, double toReach) throws Exception {
    Path start = directory.resolve("start.db");
    List<Primary.Transaction> transactions = record(start, pages, count);
    double[] ratios = new double[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) { // the first one warms up
      Path copy = Files.copy(start, directory.resolve("sqlite.db"));
      long sqlite = UpdateLoad.run(copy, ROWS, pages, count, 1_000);
      for (String suffix : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(directory.resolve("sqlite.db" + suffix));
      }
      long ours = applyAll(directory.resolve("replica" + i), transactions);
      if (i >= 0) {
        ratios[i] = (double) sqlite / ours;
        System.out.printf(
            Locale.ROOT,
            "%d pages: SQLite %.0f transactions/s, replica %.0f: %.2f%n",
            pages,
            count * 1e9 / sqlite,
            count * 1e9 / ours,
            ratios[i]);
      }
    }
    Arrays.sort(ratios);
    System.out.printf(
        Locale.ROOT,
        "RESULT apply, %d pages a transaction, against SQLite: %.2f (to reach %.1f)%n",
        pages,
        ratios[ROUNDS / 2],
        toReach);
  }

  /** What SQLite's own run writes; the first transaction is what is there before it. */
  private List<Primary.Transaction> record(Path start, int pages, int count) throws Exception {
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection writer = sqlite.open(start)) {
      writer.execute("PRAGMA page_size=" + PAGE_SIZE);
      writer.query("PRAGMA journal_mode=WAL");
      writer.execute("CREATE TABLE load(id INTEGER PRIMARY KEY, b BLOB)");
      writer.execute(
          "INSERT INTO load(b) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
              + " WHERE i < "
              + ROWS
              + ") SELECT randomblob(3600) FROM n");
      writer.query("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    Path recorded = Files.copy(start, directory.resolve("recorded.db"));
    UpdateLoad.run(recorded, ROWS, pages, count, 0);
    List<Primary.Transaction> transactions = Primary.transactions(recorded, PAGE_SIZE);
    assertThat(transactions).hasSize(1 + count);
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(directory.resolve("recorded.db" + suffix));
    }
    return transactions;
  }

  /** Nanoseconds for all but the first. */
  private static long applyAll(Path directory, List<Primary.Transaction> transactions)
      throws IOException {
    Files.createDirectories(directory);
    LogOfSegments log =
        new LogOfSegments(
            new SpillingIo(new StandardIo(), SEGMENT_MEMORY),
            directory.resolve("log"),
            UUID.randomUUID(),
            1,
            PAGE_SIZE);
    log.stating = true;
    long elapsed = 0;
    try (LiveTarget target =
        new LiveTarget(
            new StandardIo(),
            directory.resolve("r.db"),
            directory.resolve("state/.position"),
            LiveOptions.defaults(),
            ReplicaJournal.WAL,
            false)) {
      fold(target, log, transactions.subList(0, 1));
      int atOnce = Math.min(500, PAGES_AT_ONCE / transactions.get(1).pages().size());
      for (int from = 1; from < transactions.size(); from += atOnce) {
        int to = Math.min(transactions.size(), from + atOnce);
        elapsed += fold(target, log, transactions.subList(from, to));
      }
      assertThat(target.position().orElseThrow().frameNo()).isEqualTo(log.nextFrameNo - 1);
    }
    return elapsed;
  }

  private static long fold(
      LiveTarget target, LogOfSegments log, List<Primary.Transaction> transactions)
      throws IOException {
    List<SealedSegment> segments = new ArrayList<>();
    for (Primary.Transaction transaction : transactions) {
      segments.add(log.seal(transaction));
    }
    long start = System.nanoTime();
    for (SealedSegment segment : segments) {
      target.fold(List.of(segment));
    }
    long elapsed = System.nanoTime() - start;
    for (SealedSegment segment : segments) {
      segment.close();
      Files.deleteIfExists(segment.path()); // there only if it did not fit into the memory
    }
    return elapsed;
  }
}

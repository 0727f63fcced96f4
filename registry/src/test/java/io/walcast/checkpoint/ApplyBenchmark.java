package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.MemoryBudget;
import io.walcast.io.StandardIo;
import io.walcast.registry.CheckpointListener;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import io.walcast.testkit.UpdateLoad;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Applying transactions to a live replica, checksums included, against stock SQLite doing the same
 * updates with the same sync setting ({@code synchronous=NORMAL}: syncs at checkpoints), in turns.
 * Each transaction is a segment of its own. As the sink does it, one thread puts them into the log
 * and another folds what waits; for comparison also with a fold for each, which a replica comes to
 * that has nothing waiting. Run by {@code ./mvnw -Pbenchmark -pl testkit,registry
 * -Dit.test=ApplyBenchmark verify}.
 */
class ApplyBenchmark {

  private static final int ROUNDS = Integer.getInteger("walcast.benchmark.rounds", 5);
  private static final int ROWS = 4_000;
  private static final int PAGE_SIZE = 4_096;
  private static final long MEMORY = 128 << 20; // as buffer.memory.bytes

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"1, 10000, 1.0", "10, 2000, 1.5", "1000, 40, 2.0"})
  void apply(int pages, int count, double toReach) throws Exception {
    Path start = directory.resolve("start.db");
    List<Segment> segments = Segment.of(record(start, pages, count));
    double[] alone = new double[ROUNDS];
    double[] waiting = new double[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) { // the first one warms up
      Path copy = Files.copy(start, directory.resolve("sqlite.db"));
      long sqlite = UpdateLoad.run(copy, ROWS, pages, count, 1_000);
      for (String suffix : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(directory.resolve("sqlite.db" + suffix));
      }
      long byItself = applyAll(directory.resolve("alone" + i), segments, true);
      long together = applyAll(directory.resolve("waiting" + i), segments, false);
      if (i >= 0) {
        alone[i] = (double) sqlite / byItself;
        waiting[i] = (double) sqlite / together;
        System.out.printf(
            Locale.ROOT,
            "%d pages: SQLite %.0f transactions/s, replica %.0f each by itself, %.0f as they wait%n",
            pages,
            count * 1e9 / sqlite,
            count * 1e9 / byItself,
            count * 1e9 / together);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "RESULT apply, %d pages a transaction, against SQLite: %.2f as the sink does (to reach"
            + " %.1f), %.2f with a fold for each%n",
        pages,
        median(waiting),
        toReach,
        median(alone));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
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
  private static long applyAll(Path directory, List<Segment> segments, boolean byItself)
      throws Exception {
    LogPosition start = new LogPosition(UUID.randomUUID(), 1, 0, 0, PAGE_SIZE);
    LiveTarget target =
        new LiveTarget(
            new StandardIo(),
            directory.resolve("r.db"),
            directory.resolve("state/.position"),
            LiveOptions.defaults(),
            ReplicaJournal.WAL,
            false);
    Folding folding = new Folding();
    try (LiveLog log =
        new LiveLog(
            target,
            start,
            null,
            new StandardIo(),
            directory.resolve("state/pages"),
            new MemoryBudget(MEMORY),
            folding,
            folding::wake)) {
      put(log, segments.get(0));
      log.checkpoint();
      long begin = System.nanoTime();
      if (byItself) {
        for (Segment segment : segments.subList(1, segments.size())) {
          put(log, segment);
          log.checkpoint();
        }
      } else {
        folding.start(
            log, log.lastFrameNo() + segments.stream().skip(1).mapToInt(Segment::frames).sum());
        for (Segment segment : segments.subList(1, segments.size())) {
          put(log, segment);
        }
        folding.await();
      }
      long elapsed = System.nanoTime() - begin;
      assertThat(target.position().orElseThrow().frameNo()).isEqualTo(log.lastFrameNo());
      return elapsed;
    }
  }

  private static void put(LiveLog log, Segment segment) throws IOException {
    Primary.Transaction transaction = segment.transaction();
    log.begin();
    for (Map.Entry<Integer, byte[]> page : transaction.pages().entrySet()) {
      log.put(page.getKey(), ByteBuffer.wrap(page.getValue()));
    }
    log.commit(
        log.lastFrameNo() + segment.frames(), transaction.sizeAfter(), segment.databaseChecksum());
  }

  /** A transaction with what the database's checksum is after it. */
  private record Segment(Primary.Transaction transaction, long databaseChecksum) {

    int frames() {
      return transaction.count();
    }

    static List<Segment> of(List<Primary.Transaction> transactions) {
      List<Segment> segments = new ArrayList<>();
      Map<Integer, Long> hashes = new HashMap<>();
      long sum = 0;
      for (Primary.Transaction transaction : transactions) { // none of which cuts pages off
        for (Map.Entry<Integer, byte[]> page : transaction.pages().entrySet()) {
          long hash = PageHash.of(page.getKey(), ByteBuffer.wrap(page.getValue()));
          Long before = hashes.put(page.getKey(), hash);
          sum ^= hash ^ (before == null ? 0 : before);
        }
        segments.add(new Segment(transaction, PageHash.stated(sum)));
      }
      return segments;
    }
  }

  /** The thread that folds beside the one that puts segments in, as in the sink. */
  private static final class Folding implements CheckpointListener {

    private final Semaphore due = new Semaphore(0);
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile long folded;

    void start(LiveLog log, long upTo) {
      Thread thread = new Thread(() -> run(log, upTo), "folding");
      thread.setDaemon(true);
      thread.start();
    }

    private void run(LiveLog log, long upTo) {
      try {
        while (folded < upTo) {
          due.acquire();
          due.drainPermits();
          boolean more;
          do {
            more = log.checkpoint();
          } while (more);
        }
        done.complete(null);
      } catch (IOException | InterruptedException e) {
        done.completeExceptionally(e);
      }
    }

    void wake() {
      due.release();
    }

    void await() throws Exception {
      done.get(1, TimeUnit.MINUTES);
    }

    @Override
    public void checkpointed(LogPosition upTo) {
      folded = upTo.frameNo();
    }

    @Override
    public void failed(IOException cause) {
      done.completeExceptionally(cause);
    }
  }
}

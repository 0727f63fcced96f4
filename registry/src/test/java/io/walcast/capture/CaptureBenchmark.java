package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentFrames;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalFrames;
import io.walcast.sqlite.WalHeader;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import io.walcast.testkit.CommitLoad;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What capture costs and how fast it is, as ratios within one run: rounds with and without it take
 * turns, and medians are compared. Run by {@code ./mvnw -Pbenchmark -pl testkit,registry verify}.
 */
class CaptureBenchmark {

  private static final int WARM_UPS = 5;
  private static final int ROUNDS = Integer.getInteger("walcast.benchmark.rounds", 9);
  private static final Duration ROUND =
      Duration.ofMillis(Integer.getInteger("walcast.benchmark.millis", 3000));

  /** Of an application that commits as fast as it can: three times as many, a third as long. */
  private static final Duration SHORT_ROUND = ROUND.dividedBy(3);

  private static final long SEGMENT_BYTES = 4_000L * (4_096 + 24);

  @TempDir Path directory;

  /** Takes segments as Kafka would, at once, and notes when each came and how far it reaches. */
  private static final class Arrivals implements SegmentStorage {

    private final List<long[]> commitsAndTimes = new ArrayList<>();
    private final boolean counting;
    private long commits;

    Arrivals(boolean counting) {
      this.counting = counting;
    }

    @Override
    public synchronized void store(
        Namespace namespace, SealedSegment segment, StoreCallback onDurable) {
      long now = System.nanoTime();
      if (counting) {
        try {
          SegmentFrames.visit(segment, (f, p, sizeAfter, b) -> commits += sizeAfter == 0 ? 0 : 1);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        commitsAndTimes.add(new long[] {commits, now});
      }
      onDurable.durable(segment.lastFrameNo());
    }

    @Override
    public long durableFrameNo(Namespace namespace) {
      return 0;
    }

    @Override
    public void shutdown() {
      // nothing is kept back
    }
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private static void report(String format, Object... values) {
    System.out.println("BENCHMARK " + String.format(Locale.ROOT, format, values));
  }

  private CommitLoad.Result load(String name, boolean captured, int perSecond, int checkpointEvery)
      throws Exception {
    Path database = directory.resolve(name + ".db");
    Duration length = perSecond == 0 ? SHORT_ROUND : ROUND;
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection app = sqlite.open(database)) {
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(x)");
      BenchmarkedCapture capturing =
          captured
              ? new BenchmarkedCapture(database, directory.resolve(name), new Arrivals(false))
                  .start()
              : null;
      try (CommitLoad load = CommitLoad.start(database, length, perSecond, checkpointEvery)) {
        return load.await();
      } finally {
        if (capturing != null) {
          assertThat(capturing.status().snapshots()).isEqualTo(1);
          capturing.close();
        }
      }
    }
  }

  /**
   * Many short rounds, and medians of each side compared: where the system puts the application
   * beside its interrupts makes a round differ from the next by a third, with capture or without.
   */
  @Test
  void theApplicationAtAFixedRate() throws Exception {
    for (int perSecond : new int[] {500, 5_000, 20_000}) {
      List<CommitLoad.Result> without = new ArrayList<>();
      List<CommitLoad.Result> with = new ArrayList<>();
      warmUp(perSecond);
      for (int i = 0; i < ROUNDS; i++) {
        boolean first = i % 2 == 0; // what drifts in the machine hits both alike
        (first ? without : with).add(load("a" + perSecond + "b" + i, !first, perSecond, 0));
        (first ? with : without).add(load("a" + perSecond + "a" + i, first, perSecond, 0));
      }
      reportCost(perSecond + " commits/s", with, without);
    }
  }

  /**
   * The same as fast as it can, and once more beside a process that computes and touches neither
   * disk nor memory: what any work on another processor costs it on this machine, whose processors
   * may be halves of one core.
   */
  @Test
  void theApplicationAsFastAsItCan() throws Exception {
    List<CommitLoad.Result> without = new ArrayList<>();
    List<CommitLoad.Result> with = new ArrayList<>();
    List<CommitLoad.Result> beside = new ArrayList<>();
    warmUp(0);
    for (int i = 0; i < 3 * ROUNDS; i++) {
      without.add(load("f" + i, false, 0, 0));
      with.add(load("g" + i, true, 0, 0));
      Process computing = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
      try {
        beside.add(load("h" + i, false, 0, 0));
      } finally {
        computing.destroyForcibly().waitFor();
      }
      report(
          "round %d without: %s; with: %s; beside another process: %s",
          i, figures(without.get(i)), figures(with.get(i)), figures(beside.get(i)));
    }
    reportCost("as fast as it can", with, without);
    reportCost(
        "as fast as it can, without capture beside a process that computes", beside, without);
    reportCost("as fast as it can, capture against such a process", with, beside);
  }

  private void warmUp(int perSecond) throws Exception {
    for (int i = 0; i < WARM_UPS; i++) {
      load("a" + perSecond + "u" + i, true, perSecond, 0); // a worker runs for weeks
    }
  }

  private static void reportCost(
      String what, List<CommitLoad.Result> with, List<CommitLoad.Result> without) {
    report(
        "application, %s: commits/s with / without = %.3f (0.97 or better), p99 = %.2f (1.1 or"
            + " less), p50 = %.2f",
        what,
        ratio(with, without, CommitLoad.Result::commitsPerSecond),
        ratio(with, without, CommitLoad.Result::p99Ns),
        ratio(with, without, CommitLoad.Result::p50Ns));
  }

  private static String figures(CommitLoad.Result result) {
    return String.format(
        Locale.ROOT,
        "%.0f commits/s, p50 %.0f us, p99 %.0f us",
        result.commitsPerSecond(),
        result.p50Ns() / 1e3,
        result.p99Ns() / 1e3);
  }

  private static double ratio(
      List<CommitLoad.Result> of,
      List<CommitLoad.Result> to,
      ToDoubleFunction<CommitLoad.Result> figure) {
    return median(of.stream().map(figure::applyAsDouble).toList())
        / median(to.stream().map(figure::applyAsDouble).toList());
  }

  @Test
  void checkpointsWithCaptureAgainstWithout() throws Exception {
    List<Double> without = new ArrayList<>();
    List<Double> with = new ArrayList<>();
    long busy = 0;
    for (int i = 0; i < ROUNDS; i++) {
      without.add(load("k" + i, false, 500, 20).slowestCheckpointNs() / 1e6);
      CommitLoad.Result result = load("l" + i, true, 500, 20);
      with.add(result.slowestCheckpointNs() / 1e6);
      busy += result.busyCheckpoints();
    }
    report(
        "slowest TRUNCATE checkpoint of a round: %.1f ms with capture, %.1f ms without (median of"
            + " %d rounds; %d of them gave up)",
        median(with), median(without), ROUNDS, busy);
  }

  @Test
  void captureAgainstReadingTheSameWal() throws Exception {
    Path database = directory.resolve("wal.db");
    List<Double> ratios = new ArrayList<>();
    List<Double> ofTheDisk = new ArrayList<>();
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection app = sqlite.open(database)) {
      app.query("PRAGMA journal_mode=WAL");
      app.query("PRAGMA wal_autocheckpoint=0");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      Path state = directory.resolve("state");
      new BenchmarkedCapture(database, state, new Arrivals(false)).start().close();
      for (int i = 0; i < 400; i++) {
        CaptureRig.insert(app, 350); // about 500 kB each
      }
      Path copy = directory.resolve("copy-of-wal");
      Files.copy(WalConnection.walOf(database), copy);
      for (int i = 0; i <= ROUNDS; i++) {
        Path own = directory.resolve("state" + i);
        Outside.run("cp", "-r", state, own);
        double read = megabytesPerSecond(copy, readAndVerify(copy));
        double written = megabytesPerSecond(copy, writeAsSegments(copy));
        double captured = megabytesPerSecond(copy, capture(database, own, 400));
        report(
            "round %d: %.0f MB/s read and verified, %.0f MB/s written and synced, %.0f MB/s captured",
            i, read, written, captured);
        if (i > 0) { // the first warms up
          ratios.add(captured / read);
          ofTheDisk.add(captured / written);
        }
        Outside.run("rm", "-r", own);
      }
    }
    report("capture / reading and verifying = %.2f (0.7 or better)", median(ratios));
    report(
        "capture / writing the same bytes, synced as segments are = %.2f (what limits it)",
        median(ofTheDisk));
  }

  private static double megabytesPerSecond(Path wal, long ns) throws IOException {
    return Files.size(wal) / 1e6 / (ns / 1e9);
  }

  private static long readAndVerify(Path copy) throws IOException {
    long start = System.nanoTime();
    try (StorageFile wal = new StandardIo().open(copy, Io.OpenMode.READ)) {
      WalHeader header = WalHeader.read(wal).orElseThrow();
      int frame = WalHeader.FRAME_HEADER_LENGTH + header.pageSize();
      WalFrames frames =
          new WalFrames(
              wal,
              header.pageSize(),
              header.salt1(),
              header.salt2(),
              header.bigEndianChecksum(),
              1,
              (int) ((wal.size() - WalHeader.LENGTH) / frame),
              header.checksum());
      while (frames.next()) {}
    }
    return System.nanoTime() - start;
  }

  /** Plain writes of the same bytes, with a file and a sync for each 4,000 frames. */
  private static long writeAsSegments(Path copy) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    long start = System.nanoTime();
    try (FileChannel source = FileChannel.open(copy)) {
      for (long done = 0; done < source.size(); done += SEGMENT_BYTES) {
        Path segment = Files.createTempFile(copy.getParent(), "plain", null);
        try (FileChannel target = FileChannel.open(segment, StandardOpenOption.WRITE)) {
          long end = Math.min(source.size(), done + SEGMENT_BYTES);
          for (long at = done; at < end; at += buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
            source.read(buffer, at);
            target.write(buffer.flip());
          }
          target.force(true);
        }
        Files.delete(segment);
      }
    }
    return System.nanoTime() - start;
  }

  private static long capture(Path database, Path state, long commits) throws Exception {
    long start = System.nanoTime();
    try (BenchmarkedCapture capturing =
        new BenchmarkedCapture(database, state, new Arrivals(false))) {
      capturing.start();
      while (capturing.status().commits() < commits) {
        Thread.onSpinWait();
      }
      return System.nanoTime() - start;
    }
  }

  @Test
  void fromCommitToSealedSegmentAtTwoHundredCommitsPerSecond() throws Exception {
    Path database = directory.resolve("latency.db");
    Arrivals arrivals = new Arrivals(true);
    CommitLoad.Result result;
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection app = sqlite.open(database)) {
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(x)");
      BenchmarkedCapture capturing =
          new BenchmarkedCapture(database, directory.resolve("late"), arrivals).start();
      try (CommitLoad load = CommitLoad.start(database, ROUND.multipliedBy(2), 200, 0)) {
        result = load.await();
      }
      capturing.close();
    }
    long[] latencies = new long[result.commitNs().length];
    long before = arrivals.commits - latencies.length; // snapshot, tables and warm-up
    int segment = 0;
    for (int i = 0; i < latencies.length; i++) {
      while (arrivals.commitsAndTimes.get(segment)[0] < before + i + 1) {
        segment++;
      }
      latencies[i] = arrivals.commitsAndTimes.get(segment)[1] - result.commitNs()[i];
    }
    Arrays.sort(latencies);
    report(
        "commit to sealed segment at 200 commits/s: p50 %.2f ms (20 or less), p99 %.2f ms",
        latencies[latencies.length / 2] / 1e6, latencies[(int) (latencies.length * 0.99)] / 1e6);
  }
}

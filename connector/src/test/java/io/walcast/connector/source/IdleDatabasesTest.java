package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What databases cost that nobody writes to: every other of them is open in an application.
 * -Dwalcast.idleDatabases=10000 for the number that the connector is made for.
 */
class IdleDatabasesTest {

  private static final int IDLE = Integer.getInteger("walcast.idleDatabases", 200);
  private static final int BEFORE = 50; // what they cost is not counted: classes, pools
  private static final int MOST_HEAP_BYTES = 8 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(60).plusMillis(100L * IDLE);

  @TempDir Path temporary;

  private final List<SqliteConnection> open = new ArrayList<>();
  private Path databases;
  private int made;

  @Test
  void keepFewDescriptorsLittleHeapAndNoThread() throws Exception {
    assumeThat(new File("/proc/self/fd")).as("descriptors can be counted").isDirectory();
    databases = Files.createDirectories(temporary.toRealPath().resolve("data"));
    Map<String, String> settings = new HashMap<>();
    settings.put("name", "idle");
    settings.put("databases.directory", databases.toString());
    settings.put("rest.after.ms", "100");
    try (SqliteProcess sqlite = SqliteProcess.start()) {
      make(sqlite, BEFORE);
      try (AcknowledgingTask task = new AcknowledgingTask(settings)) {
        awaitResting(task);
        int descriptors = descriptors();
        int threads = threads();
        long heapBytes = heapBytes();

        make(sqlite, IDLE);
        awaitResting(task);

        double each = (descriptors() - descriptors) / (double) IDLE;
        long heapEach = (heapBytes() - heapBytes) / IDLE;
        report(each, heapEach);
        assertThat(each).as("descriptors of an idle database").isLessThanOrEqualTo(3);
        assertThat(heapEach).as("bytes of heap of one").isLessThanOrEqualTo(MOST_HEAP_BYTES);
        assertThat(threads()).as("threads").isLessThanOrEqualTo(threads + 1);

        awakenAndRestAgain(sqlite, task);
      } finally {
        open.forEach(SqliteConnection::close);
      }
    }
  }

  private void awakenAndRestAgain(SqliteProcess sqlite, AcknowledgingTask task) throws Exception {
    long commits = (Long) attribute("Commits");
    long startNs = System.nanoTime();
    open.get(open.size() - 1).execute("INSERT INTO t VALUES (2, 'awake')");
    task.until(PATIENCE, "a commit is captured", () -> (Long) attribute("Commits") > commits);
    long wokenNs = System.nanoTime();
    int known = (Integer) attribute("Databases");
    make(sqlite, 1);
    long madeNs = System.nanoTime();
    task.until(PATIENCE, "a new one is found", () -> (Integer) attribute("Databases") > known);
    long foundNs = System.nanoTime();
    awaitResting(task);
    System.out.printf(
        "a commit at rest is captured within %d ms, a new database found within %d ms%n",
        (wokenNs - startNs) / 1_000_000, (foundNs - madeNs) / 1_000_000);
  }

  private void make(SqliteProcess sqlite, int count) {
    for (int i = 0; i < count; i++) {
      SqliteConnection made = sqlite.open(databases.resolve("d" + this.made + ".db"));
      made.query("PRAGMA journal_mode=WAL");
      made.execute("PRAGMA synchronous=OFF");
      made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
      made.execute("INSERT INTO t VALUES (1, 'one')");
      if (this.made++ % 2 == 0) {
        open.add(made);
      } else {
        made.close();
      }
    }
  }

  private void awaitResting(AcknowledgingTask task) {
    task.until(PATIENCE, made + " at rest", () -> (Integer) attribute("Resting") == made);
  }

  /** Figures for who runs this with many; nothing is asserted of time. */
  private static void report(double descriptors, long heapBytes) throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long[] ids =
        LongStream.of(threads.getAllThreadIds())
            .filter(id -> threads.getThreadInfo(id) != null)
            .filter(id -> threads.getThreadInfo(id).getThreadName().startsWith("walcast-capture"))
            .toArray();
    double share = 0;
    if (IDLE >= 1000) {
      long seconds = 30;
      long before = LongStream.of(ids).map(threads::getThreadCpuTime).sum();
      Thread.sleep(seconds * 1000);
      share = (LongStream.of(ids).map(threads::getThreadCpuTime).sum() - before) / seconds / 1e7;
    }
    System.out.printf(
        "%d idle databases: %.2f descriptors and %d bytes of heap each, %.1f %% of a core%n",
        IDLE, descriptors, heapBytes, share);
  }

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private static int threads() {
    return ManagementFactory.getThreadMXBean().getThreadCount();
  }

  private static long heapBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  private static Object attribute(String name) throws IOException {
    try {
      return ManagementFactory.getPlatformMBeanServer()
          .getAttribute(new ObjectName("io.walcast:type=source-task,connector=idle,task=0"), name);
    } catch (javax.management.JMException e) {
      throw new IOException(e);
    }
  }
}

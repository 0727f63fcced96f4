package io.walcast.examples;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walcast.testkit.EmbeddedBroker;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records per second that a new sink catches up with a topic that is there already, until all of it
 * is in the replica; beside two tasks that do less: the smallest possible one, which counts bytes,
 * and one that also writes them once to a file, which it syncs at the end. Same broker, same
 * worker, same records, same client settings, in turn in one run. The first times warm the JVM up,
 * for all, and the medians leave them out. Only the ratios carry over to another machine. Asserts
 * nothing; run it with {@code ./mvnw -Pbenchmark verify}.
 *
 * <p>The topics: one large snapshot; many small segments; and a long history, in which each page
 * occurs some twenty times. That is caught up with in the two ways that a sink has: by what is
 * announced of it, which is what a sink does unless told otherwise, and by replaying all of it.
 */
class CatchUpBenchmark {

  private static final int ROWS = Integer.getInteger("walcast.rows", 200_000);
  private static final int TRANSACTIONS = Integer.getInteger("walcast.transactions", 30_000);
  private static final int REWRITES = Integer.getInteger("walcast.rewrites", 20);
  private static final int CATCH_UPS = Integer.getInteger("walcast.catchUps", 7);
  private static final String CASES = System.getProperty("walcast.cases", "snapshot,small,long");
  private static final int LONG_ROWS = 10_000; // a page each, 40 MiB
  private static final int WARM_UPS = 2;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> TOPIC =
      Map.of("retention.ms", "-1", "max.message.bytes", "8388608");

  @TempDir Path directory;

  private final Map<String, List<Double>> rates = new TreeMap<>();
  private String bootstrap;
  private SqliteProcess sqlite;
  private EmbeddedWorker worker;
  private TopicClock clock;

  /** What is in a topic: so many records, which lead to a frame. */
  private record Published(String topic, long records, long lastFrameNo) {}

  /** Writes a database while its source runs. */
  private interface Application {
    void write(SqliteConnection connection);
  }

  @Test
  void catchUp() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
        SqliteProcess process = SqliteProcess.start()) {
      bootstrap = broker.bootstrapServers();
      sqlite = process;
      worker =
          EmbeddedWorker.start(
              Build.root().resolve("config/connect-standalone.properties"),
              Map.of(
                  "bootstrap.servers", bootstrap,
                  "plugin.path", Build.pluginPath().toString(),
                  "offset.storage.file.filename", directory.resolve("offsets").toString()));
      clock = new TopicClock(bootstrap);
      List<String> cases = List.of(CASES.split(","));
      if (cases.contains("snapshot")) {
        measure("one large snapshot", snapshot(), Map.of("sync.enabled", "false"));
      }
      if (cases.contains("small")) {
        measure("many small segments", manySmallSegments(), Map.of("sync.enabled", "false"));
      }
      if (cases.contains("long")) {
        Published history = longHistory();
        measure("long history, as announced", history, Map.of());
        measure("long history, replayed", history, Map.of("sync.enabled", "false"));
      }
      report();
      clock.close();
      worker.close();
    }
  }

  /** Rows with text, numbers and bytes: pages that compress about as well as real ones. */
  private Published snapshot() throws Exception {
    Path database = database("large");
    try (SqliteConnection connection = sqlite.open(database)) {
      connection.execute("PRAGMA journal_mode=WAL");
      connection.execute(
          "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, amount REAL, code BLOB)");
      connection.execute(
          "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x < "
              + ROWS
              + ") SELECT x, 'customer number ' || x || ' of ' || hex(randomblob(150)),"
              + " random() / 1e9, randomblob(400) FROM n");
    }
    return publish("large", database, Map.of(), connection -> {});
  }

  private Published manySmallSegments() throws Exception {
    // or a busy source makes them large
    Map<String, String> small = Map.of("segment.max.frames", "8");
    return publish(
        "busy",
        database("busy"),
        small,
        connection -> {
          for (int i = 0; i < TRANSACTIONS; i++) {
            connection.execute("INSERT INTO t(v) VALUES (randomblob(6000))");
          }
        });
  }

  /** Each rewrite touches each page once, in 100 transactions of pages all over the database. */
  private Published longHistory() throws Exception {
    return publish(
        "history",
        database("history"),
        Map.of(),
        connection -> {
          connection.execute(
              "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x"
                  + " < "
                  + LONG_ROWS
                  + ") SELECT x, hex(randomblob(400)) || randomblob(2600) FROM n");
          for (int i = 0; i < REWRITES * 100; i++) {
            connection.execute(
                "UPDATE t SET v = hex(randomblob(400)) || randomblob(2600) WHERE id % 100 = "
                    + (i * 37) % 100);
          }
        });
  }

  private Path database(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name)).resolve("db.db");
  }

  private Published publish(
      String topic, Path database, Map<String, String> settings, Application application)
      throws Exception {
    clock.createTopic(topic, TOPIC);
    String name = "source-" + topic;
    try (SqliteConnection connection = sqlite.open(database)) {
      connection.execute("PRAGMA journal_mode=WAL");
      connection.execute("PRAGMA synchronous=OFF");
      connection.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v BLOB)");
      Map<String, String> config = configOf("walcast-source.json");
      config.put("databases.directory", database.getParent().toString());
      config.put("state.directory", directory.resolve("state-" + topic).toString());
      config.put("topic", topic);
      config.put("kafka.bootstrap.servers", bootstrap);
      config.putAll(settings);
      worker.create(connector(name, config));
      application.write(connection);
      clock.recordsPerSecond("frames captured", 1, () -> sourceNumber(name, "durableFrameNo"));
      awaitQuiet(name);
      long last = sourceNumber(name, "durableFrameNo");
      worker.delete(name);
      return new Published(topic, clock.records(topic), last);
    }
  }

  /** Until all that is captured is durable, and nothing more is captured for two seconds. */
  private static void awaitQuiet(String source) throws Exception {
    long sinceNs = System.nanoTime();
    long last = -1;
    while (System.nanoTime() - sinceNs < 2_000_000_000L) {
      long committed = sourceNumber(source, "committedFrameNo");
      if (committed != last || sourceNumber(source, "durableFrameNo") != committed) {
        last = committed;
        sinceNs = System.nanoTime();
      }
      Thread.sleep(10);
    }
  }

  private void measure(String what, Published published, Map<String, String> settings)
      throws Exception {
    for (int i = 0; i < CATCH_UPS; i++) {
      floor(what, "counts", published, i, Map.of());
      Path file = directory.resolve("written");
      floor(what, "writes", published, i, Map.of(FloorSinkTask.FILE, file.toString()));
      Files.delete(file);
      walcast(what, published, i, settings);
    }
  }

  private void floor(
      String what, String does, Published published, int round, Map<String, String> settings)
      throws Exception {
    FloorSinkTask.RECORDS.set(0);
    FloorSinkTask.syncAfter = published.records();
    Map<String, String> floor = configOf("walcast-sink.json");
    floor.keySet().removeIf(key -> key.startsWith("replicas."));
    floor.put("connector.class", FloorSinkConnector.class.getName());
    floor.put("topics", published.topic());
    floor.putAll(settings);
    String name = does + "-" + round + "-" + what.replace(' ', '-').replace(",", "");
    worker.create(connector(name, floor));
    note(
        what + ": task that " + does,
        clock.recordsPerSecond("records seen", published.records(), FloorSinkTask.RECORDS::get));
    worker.delete(name);
  }

  private void walcast(String what, Published published, int round, Map<String, String> settings)
      throws Exception {
    Path replicas = Files.createDirectories(directory.resolve("replicas"));
    Map<String, String> config = configOf("walcast-sink.json");
    config.put("topics", published.topic());
    config.put("replicas.directory", replicas.toString());
    config.put("kafka.bootstrap.servers", bootstrap);
    config.putAll(settings);
    String name = "sink-" + round + "-" + what.replace(' ', '-').replace(",", "");
    worker.create(connector(name, config));
    note(
        what + ": Walcast",
        clock.recordsPerSecond(
            "records applied", published.records(), () -> applied(name, published)));
    worker.delete(name);
    delete(replicas);
  }

  private static void delete(Path tree) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(tree)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  /**
   * Records taken until the last frame is applied, then all of them; one page that a sync has read
   * counts as one record until then.
   */
  private static long applied(String connector, Published published) throws Exception {
    ObjectName task =
        new ObjectName("io.walcast:type=sink-task,connector=" + connector + ",task=0");
    var server = ManagementFactory.getPlatformMBeanServer();
    if (!server.isRegistered(task)) {
      return 0;
    }
    var replicas = (CompositeData[]) server.getAttribute(task, "Replicas");
    if (replicas.length > 0 && (Long) replicas[0].get("appliedFrame") == published.lastFrameNo()) {
      return published.records();
    }
    long taken = ((Number) server.getAttribute(task, "Records")).longValue();
    long synced = ((Number) server.getAttribute(task, "SyncedPages")).longValue();
    return Math.min(taken + synced, published.records() - 1);
  }

  private static long sourceNumber(String connector, String item) throws Exception {
    ObjectName task =
        new ObjectName("io.walcast:type=source-task,connector=" + connector + ",task=0");
    var server = ManagementFactory.getPlatformMBeanServer();
    if (!server.isRegistered(task)) {
      return 0;
    }
    var rows = (CompositeData[]) server.getAttribute(task, "Namespaces");
    return rows.length == 0 ? 0 : (Long) rows[0].get(item);
  }

  private static Map<String, String> configOf(String file) throws IOException {
    String json = ConnectorFile.read(Build.root().resolve("config").resolve(file), Map.of()).json();
    return JSON.convertValue(
        JSON.readTree(json).get("config"), new TypeReference<HashMap<String, String>>() {});
  }

  private static ConnectorFile connector(String name, Map<String, String> config)
      throws IOException {
    return new ConnectorFile(name, JSON.writeValueAsString(Map.of("name", name, "config", config)));
  }

  private void note(String what, double rate) {
    System.out.printf("%-45s %,10.0f records/s%n", what, rate);
    rates.computeIfAbsent(what, key -> new ArrayList<>()).add(rate);
  }

  private double median(String what) {
    List<Double> all = rates.get(what);
    int warm = Math.min(all.size() / 3, WARM_UPS);
    List<Double> sorted = new ArrayList<>(all.subList(warm, all.size()));
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private void report() {
    System.out.printf("%nMedians, pages of 4,096 bytes:%n");
    rates.keySet().forEach(k -> System.out.printf("%-45s %,10.0f records/s%n", k, median(k)));
    for (String ours : rates.keySet()) {
      if (ours.endsWith(": Walcast")) {
        String what = ours.substring(0, ours.indexOf(':'));
        System.out.printf(
            "%s: %.2f of the task that counts, %.2f of the task that writes%n",
            what,
            median(ours) / median(what + ": task that counts"),
            median(ours) / median(what + ": task that writes"));
      }
    }
  }
}

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frames per second shipped and applied, each beside the smallest possible task of its kind: same
 * broker, same worker, same records, same client settings, in turn in one run. Sinks read a topic
 * that is there already, each of them several times: the first times warm the JVM up, for both, and
 * the medians leave them out. Only the ratios carry over to another machine. Asserts nothing; run
 * it with {@code ./mvnw -Pbenchmark verify}.
 */
class ShippingBenchmark {

  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 3);
  private static final int ROWS = Integer.getInteger("walcast.rows", 200_000);
  private static final int TRANSACTIONS = Integer.getInteger("walcast.transactions", 10_000);
  private static final int CATCH_UPS = Integer.getInteger("walcast.catchUps", 7);
  private static final int WARM_UPS = 2;
  private static final String BUSY = "busy";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> TOPIC =
      Map.of("retention.ms", "-1", "max.message.bytes", "8388608");

  @TempDir Path directory;

  private final Map<String, List<Double>> rates = new TreeMap<>();
  private EmbeddedWorker worker;
  private TopicClock clock;

  @Test
  void shipAndApply() throws Exception {
    Path large = Files.createDirectories(directory.resolve("large")).resolve("db.db");
    Path busy = Files.createDirectories(directory.resolve("busy")).resolve("db.db");
    try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
        SqliteProcess sqlite = SqliteProcess.start()) {
      fill(sqlite, large);
      worker =
          EmbeddedWorker.start(
              Build.root().resolve("config/connect-standalone.properties"),
              Map.of(
                  "bootstrap.servers", broker.bootstrapServers(),
                  "plugin.path", Build.pluginPath().toString(),
                  "offset.storage.file.filename", directory.resolve("offsets").toString()));
      clock = new TopicClock(broker.bootstrapServers());
      for (int round = 0; round < ROUNDS; round++) {
        long pages = ship(round, large);
        shipFloor(round, large, pages);
      }
      catchUp("one large snapshot", "large-0");
      shipManyTransactions(sqlite, busy);
      catchUp("many small segments", BUSY);
      report();
      clock.close();
      worker.close();
    }
  }

  /** Rows with text, numbers and bytes: pages that compress about as well as real ones. */
  private static void fill(SqliteProcess sqlite, Path database) {
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
  }

  private long ship(int round, Path database) throws Exception {
    long pages = Files.size(database) / 4096;
    String topic = "large-" + round;
    clock.createTopic(topic, TOPIC);
    Map<String, String> config = configOf("walcast-source.json");
    config.put("databases.directory", database.getParent().toString());
    config.put("state.directory", directory.resolve("state-" + topic).toString());
    config.put("topic", topic);
    measured("source: Walcast, one large snapshot", topic, config, pages);
    return pages;
  }

  private void shipFloor(int round, Path database, long pages) throws Exception {
    String topic = "floor-" + round;
    clock.createTopic(topic, TOPIC);
    Map<String, String> config = configOf("walcast-source.json");
    config.keySet().removeIf(key -> key.startsWith("databases."));
    config.put("connector.class", FloorSourceConnector.class.getName());
    config.put(FloorSourceConnector.TOPIC, topic);
    config.put(FloorSourceConnector.RECORDS, Long.toString(pages));
    config.put(FloorSourceConnector.PAGES_FILE, database.toString());
    measured("source: smallest task", topic, config, pages);
  }

  private void measured(String what, String topic, Map<String, String> config, long pages)
      throws Exception {
    String name = "source-" + topic;
    worker.create(connector(name, config));
    note(what, clock.recordsPerSecond("records in " + topic, pages, () -> clock.records(topic)));
    worker.delete(name);
  }

  private void shipManyTransactions(SqliteProcess sqlite, Path database) throws Exception {
    String topic = BUSY;
    clock.createTopic(topic, TOPIC);
    try (SqliteConnection connection = sqlite.open(database)) {
      connection.execute("PRAGMA journal_mode=WAL");
      connection.execute("PRAGMA synchronous=OFF");
      connection.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v BLOB)");
      Map<String, String> config = configOf("walcast-source.json");
      config.put("databases.directory", database.getParent().toString());
      config.put("state.directory", directory.resolve("state-" + topic).toString());
      config.put("topic", topic);
      config.put("segment.max.frames", "8"); // or a busy source makes them large
      worker.create(connector("source-" + topic, config));
      for (int i = 0; i < TRANSACTIONS; i++) {
        connection.execute("INSERT INTO t(v) VALUES (randomblob(6000))");
      }
      long committed = sourceNumber("source-" + topic, "committedFrameNo");
      clock.recordsPerSecond(
          "frames shipped", committed, () -> sourceNumber("source-" + topic, "durableFrameNo"));
      worker.delete("source-" + topic);
    }
  }

  private void catchUp(String what, String topic) throws Exception {
    long records = clock.records(topic);
    for (int i = 0; i < CATCH_UPS; i++) {
      apply(what, topic, i, records);
    }
  }

  private void apply(String what, String topic, int round, long records) throws Exception {
    FloorSinkTask.RECORDS.set(0);
    Map<String, String> floor = configOf("walcast-sink.json");
    floor.keySet().removeIf(key -> key.startsWith("replicas."));
    floor.put("connector.class", FloorSinkConnector.class.getName());
    floor.put("topics", topic);
    String floorName = "floor-" + round + "-of-" + topic;
    worker.create(connector(floorName, floor));
    note(
        "sink: smallest task, " + what,
        clock.recordsPerSecond("records seen", records, FloorSinkTask.RECORDS::get));
    worker.delete(floorName);

    Path replicas = Files.createDirectories(directory.resolve("replicas-" + round + "-" + topic));
    Map<String, String> config = configOf("walcast-sink.json");
    config.put("topics", topic);
    config.put("replicas.directory", replicas.toString());
    String name = "sink-" + round + "-of-" + topic;
    worker.create(connector(name, config));
    note(
        "sink: Walcast, " + what,
        clock.recordsPerSecond("records applied", records, () -> applied(name, records)));
    worker.delete(name);
  }

  /** Records taken until all are, then one less until the last of them is applied, too. */
  private static long applied(String connector, long records) throws Exception {
    ObjectName task =
        new ObjectName("io.walcast:type=sink-task,connector=" + connector + ",task=0");
    var server = ManagementFactory.getPlatformMBeanServer();
    if (!server.isRegistered(task)) {
      return 0;
    }
    long taken = ((Number) server.getAttribute(task, "Records")).longValue();
    long unfolded = ((Number) server.getAttribute(task, "UnfoldedBytes")).longValue();
    return taken < records || unfolded == 0 ? taken : records - 1;
  }

  private static long sourceNumber(String connector, String item) throws Exception {
    ObjectName task =
        new ObjectName("io.walcast:type=source-task,connector=" + connector + ",task=0");
    var server = ManagementFactory.getPlatformMBeanServer();
    if (!server.isRegistered(task)) {
      return 0;
    }
    var rows = (javax.management.openmbean.CompositeData[]) server.getAttribute(task, "Namespaces");
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
    System.out.printf("%-45s %,10.0f frames/s%n", what, rate);
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
    rates.keySet().forEach(k -> System.out.printf("%-45s %,10.0f frames/s%n", k, median(k)));
    ratio("source: Walcast, one large snapshot", "source: smallest task");
    for (String what : List.of("one large snapshot", "many small segments")) {
      ratio("sink: Walcast, " + what, "sink: smallest task, " + what);
    }
  }

  private void ratio(String ours, String floor) {
    System.out.printf("%.2f = %s / %s%n", median(ours) / median(floor), ours, floor);
  }
}

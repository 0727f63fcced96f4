package io.walcast.examples;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walcast.testkit.EmbeddedBroker;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frames per second shipped, beside the smallest possible source task: same broker, same worker,
 * same records, same client settings, in turn in one run. Only the ratio carries over to another
 * machine. Asserts nothing; run it with {@code ./mvnw -Pbenchmark verify}. {@link CatchUpBenchmark}
 * does the same for sinks.
 */
class ShippingBenchmark {

  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 3);
  private static final int ROWS = Integer.getInteger("walcast.rows", 200_000);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> TOPIC =
      Map.of("retention.ms", "-1", "max.message.bytes", "8388608");

  @TempDir Path directory;

  private final Map<String, List<Double>> rates = new TreeMap<>();
  private EmbeddedWorker worker;
  private TopicClock clock;

  @Test
  void ship() throws Exception {
    Path large = Files.createDirectories(directory.resolve("large")).resolve("db.db");
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
    List<Double> sorted = new ArrayList<>(rates.get(what));
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private void report() {
    System.out.printf("%nMedians, pages of 4,096 bytes:%n");
    rates.keySet().forEach(k -> System.out.printf("%-45s %,10.0f frames/s%n", k, median(k)));
    ratio("source: Walcast, one large snapshot", "source: smallest task");
  }

  private void ratio(String ours, String floor) {
    System.out.printf("%.2f = %s / %s%n", median(ours) / median(floor), ours, floor);
  }
}

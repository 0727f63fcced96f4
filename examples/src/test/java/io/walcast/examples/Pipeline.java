package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walcast.testkit.ConnectWorker;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The whole of Walcast as a user runs it: a Connect worker in a process of its own that loads the
 * plugin directory which the build made, and the two connectors of {@code config/}. Only the
 * directories, the names and the topic differ from the files.
 */
final class Pipeline implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ORACLE_HEAP_MB = 512;

  private final Path directory;
  private final String name;
  private final KafkaBroker broker;
  private final ConnectWorker worker;
  private final SqliteProcess oracle = SqliteProcess.start(ORACLE_HEAP_MB);

  private Pipeline(Path directory, String name, KafkaBroker broker, ConnectWorker worker) {
    this.directory = directory;
    this.name = name;
    this.broker = broker;
    this.worker = worker;
  }

  /**
   * Starts a worker; {@link #createConnectors} does the rest.
   *
   * @param jvm options of the worker's JVM
   */
  static Pipeline start(Path directory, String name, KafkaBroker broker, String... jvm)
      throws IOException {
    Files.createDirectories(directory.resolve("databases"));
    Files.createDirectories(directory.resolve("replicas"));
    ConnectWorker worker =
        ConnectWorker.distributed(
                Files.createDirectories(directory.resolve("worker")),
                broker.bootstrapServers(),
                name)
            .pluginPath(Build.pluginPath())
            .jvm(jvm)
            .start();
    return new Pipeline(directory, name, broker, worker);
  }

  /** Creates both connectors and waits until they run. */
  void createConnectors() throws IOException {
    createSource(Map.of());
    createSink(Map.of());
  }

  /** Deletes both; what they have written stays. */
  void deleteConnectors() {
    worker.deleteConnector(name + "-source");
    worker.deleteConnector(name + "-sink");
  }

  void createSource(Map<String, String> more) throws IOException {
    Map<String, String> config = configOf("walcast-source.json");
    config.put("databases.directory", databases().toString());
    config.put("topic", topic());
    config.putAll(more);
    create(name + "-source", config);
  }

  void createSink(Map<String, String> more) throws IOException {
    Map<String, String> config = configOf("walcast-sink.json");
    config.put("replicas.directory", replicas().toString());
    config.put("topics", topic());
    // The source makes the topic; a consumer that asks too early must not wait five minutes.
    config.put("consumer.override.metadata.max.age.ms", "500");
    config.putAll(more);
    create(name + "-sink", config);
  }

  private void create(String connector, Map<String, String> config) {
    worker.putConfig(connector, config);
    worker.awaitRunning(connector, Integer.parseInt(config.get("tasks.max")), PATIENCE);
  }

  private static Map<String, String> configOf(String file) throws IOException {
    String json = ConnectorFile.read(Build.root().resolve("config").resolve(file), Map.of()).json();
    Map<String, String> config =
        JSON.convertValue(
            JSON.readTree(json).get("config"), new TypeReference<HashMap<String, String>>() {});
    return config;
  }

  ConnectWorker worker() {
    return worker;
  }

  KafkaBroker broker() {
    return broker;
  }

  SqliteProcess oracle() {
    return oracle;
  }

  String topic() {
    return name;
  }

  Path databases() {
    return directory.resolve("databases");
  }

  Path replicas() {
    return directory.resolve("replicas");
  }

  /** Path of a database; its directory is made. */
  Path database(String namespace) throws IOException {
    Path path = databases().resolve(namespace + ".db");
    Files.createDirectories(path.getParent());
    return path;
  }

  Path replica(String namespace) {
    return replicas().resolve(namespace + ".db");
  }

  /** A new database in WAL mode with one table {@code t(id, v)} and one row. */
  Path simpleDatabase(String namespace) throws IOException {
    Path path = database(namespace);
    try (SqliteConnection connection = oracle.open(path)) {
      connection.execute("PRAGMA journal_mode=WAL");
      connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      connection.execute("INSERT INTO t(v) VALUES ('first')");
    }
    return path;
  }

  /** Waits until the replica equals its primary; fails saying what differs. */
  void assertReplicaBecomesEqual(String namespace) throws IOException {
    Path replica = replica(namespace);
    Eventually.until(PATIENCE, "replica " + replica + " is there", () -> Files.exists(replica));
    ReplicaComparison.Result result =
        new ReplicaComparison(oracle).awaitEqual(database(namespace), replica, PATIENCE);
    assertThat(result.equal())
        .as("%s: %s (worker log %s)", namespace, result.finding(), worker.logFile())
        .isTrue();
  }

  /** Waits until a query gives this in the replica, of databases too large to be compared whole. */
  void awaitContent(String namespace, String query, String expected) {
    Path replica = replica(namespace);
    Eventually.until(PATIENCE, "replica " + replica + " is there", () -> Files.exists(replica));
    Eventually.until(
        PATIENCE,
        "the content of " + replica,
        () -> {
          try (SqliteConnection connection = oracle.open(replica)) {
            return connection.queryOne(query);
          }
        },
        expected::equals);
  }

  /** Waits until the worker's log has a line that contains all of these. */
  void awaitLogged(String... parts) {
    Eventually.until(
        PATIENCE,
        "a line of " + worker.logFile() + " with " + String.join(", ", parts),
        () -> !logged(parts).isEmpty());
  }

  /** The lines of the worker's log that have all of the parts. */
  List<String> logged(String... parts) throws IOException {
    try (Stream<String> lines = Files.lines(worker.logFile())) {
      return lines.filter(line -> Stream.of(parts).allMatch(line::contains)).toList();
    }
  }

  @Override
  public void close() {
    worker.close();
    oracle.close();
  }
}

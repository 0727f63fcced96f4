package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walcast.testkit.ConnectWorker;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of {@code config/} do the main job as a person would use them: only the two directories
 * are changed, and what belongs to this machine (addresses, and the plugin directory's absolute
 * path, because the worker's current directory is another).
 */
class ConfigFilesIT {

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.start(brokerDirectory);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.close();
  }

  @Test
  void standaloneWorkerTakesBothJsonFilesOnItsCommandLine() throws Exception {
    Path source = withDirectory("walcast-source.json", "databases.directory", "databases");
    Path sink = withDirectory("walcast-sink.json", "replicas.directory", "replicas");
    try (ConnectWorker worker =
        ConnectWorker.standalone(worker(), broker.bootstrapServers(), source, sink)
            .settings(settings("connect-standalone.properties"))
            .setting("offset.storage.file.filename", directory.resolve("offsets").toString())
            .start()) {
      assertMainJob(worker);
    }
  }

  @Test
  void distributedWorkerTakesBothJsonFilesThroughRest() throws Exception {
    try (ConnectWorker worker =
        ConnectWorker.distributed(worker(), broker.bootstrapServers(), "config-files")
            .settings(settings("connect-distributed.properties"))
            .start()) {
      for (Path file :
          new Path[] {
            withDirectory("walcast-source.json", "databases.directory", "databases"),
            withDirectory("walcast-sink.json", "replicas.directory", "replicas")
          }) {
        JsonNode connector = new ObjectMapper().readTree(file.toFile());
        worker.rest().send("POST", "/connectors", connector);
      }
      assertMainJob(worker);
    }
  }

  private void assertMainJob(ConnectWorker worker) throws Exception {
    worker.awaitRunning("walcast-source", 1, Pipeline.PATIENCE);
    worker.awaitRunning("walcast-sink", 1, Pipeline.PATIENCE);
    Path primary = directory.resolve("databases/shop/orders.db");
    Path replica = directory.resolve("replicas/shop/orders.db");
    Files.createDirectories(primary.getParent());
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection connection = sqlite.open(primary)) {
      connection.execute("PRAGMA journal_mode=WAL");
      connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      connection.execute("INSERT INTO t(v) VALUES (randomblob(50000))");
      Eventually.until(Pipeline.PATIENCE, "the replica is there", () -> Files.exists(replica));
      ReplicaComparison.Result result =
          new ReplicaComparison(sqlite).awaitEqual(primary, replica, Pipeline.PATIENCE);
      assertThat(result.equal())
          .as("%s (worker log %s)", result.finding(), worker.logFile())
          .isTrue();
    }
  }

  private Path worker() throws IOException {
    return Files.createDirectories(directory.resolve("worker"));
  }

  private static Map<String, String> settings(String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Build.root().resolve("config").resolve(file))) {
      properties.load(reader);
    }
    Map<String, String> settings = new HashMap<>();
    properties.forEach((key, value) -> settings.put((String) key, (String) value));
    settings.put(
        "plugin.path", Build.root().resolve(properties.getProperty("plugin.path")).toString());
    settings.put("bootstrap.servers", broker.bootstrapServers());
    settings.remove("listeners"); // ConnectWorker has a port of its own
    return settings;
  }

  /** Writes the file as it is, with one of its two directories changed. */
  private Path withDirectory(String file, String key, String below) throws IOException {
    Path real = Files.createDirectories(directory.resolve(below));
    ConnectorFile connector =
        ConnectorFile.read(
            Build.root().resolve("config").resolve(file), Map.of(key, real.toString()));
    Path written = directory.resolve(file);
    Files.writeString(written, connector.json());
    return written;
  }
}

package io.walcast.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * The settings of a single-node broker that is its own controller, on ports reserved for as long as
 * this JVM lives, with its data directory formatted. Immutable.
 *
 * @param file the {@code server.properties} in the data directory
 * @param properties its content
 * @param bootstrapServers where clients connect
 */
record BrokerSettings(Path file, Map<String, String> properties, String bootstrapServers) {

  /** Keeps what an earlier broker left in the directory, if it did. */
  static BrokerSettings prepare(Path dataDirectory, Map<String, String> overrides) {
    int clientPort = FreePorts.reserve();
    int controllerPort = FreePorts.reserve();
    Properties properties = new Properties();
    properties.putAll(defaults(dataDirectory, clientPort, controllerPort));
    properties.putAll(overrides);
    Path file = dataDirectory.resolve("server.properties");
    try {
      Files.createDirectories(dataDirectory);
      try (Writer writer = Files.newBufferedWriter(file)) {
        properties.store(writer, "written by the Walcast testkit");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    format(file);
    return new BrokerSettings(file, stringMap(properties), "localhost:" + clientPort);
  }

  private static Map<String, String> defaults(Path directory, int clientPort, int controllerPort) {
    return Map.ofEntries(
        Map.entry("process.roles", "broker,controller"),
        Map.entry("node.id", "1"),
        Map.entry("controller.quorum.voters", "1@localhost:" + controllerPort),
        Map.entry(
            "listeners",
            "PLAINTEXT://localhost:" + clientPort + ",CONTROLLER://localhost:" + controllerPort),
        Map.entry("advertised.listeners", "PLAINTEXT://localhost:" + clientPort),
        Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        Map.entry("controller.listener.names", "CONTROLLER"),
        Map.entry("log.dirs", directory.resolve("kafka-logs").toString()),
        Map.entry("auto.create.topics.enable", "false"),
        Map.entry("offsets.topic.replication.factor", "1"),
        Map.entry("offsets.topic.num.partitions", "1"),
        Map.entry("transaction.state.log.replication.factor", "1"),
        Map.entry("transaction.state.log.min.isr", "1"),
        Map.entry("transaction.state.log.num.partitions", "1"),
        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
        Map.entry("share.coordinator.state.topic.min.isr", "1"),
        Map.entry("group.initial.rebalance.delay.ms", "0"),
        // One broker has nobody to hand its leaderships to.
        Map.entry("controlled.shutdown.enable", "false"),
        // Small indexes: the defaults preallocate 10 MiB for each partition.
        Map.entry("log.index.size.max.bytes", "1048576"),
        Map.entry("log.cleaner.dedupe.buffer.size", "8388608"),
        Map.entry("num.network.threads", "2"),
        Map.entry("num.io.threads", "4"),
        Map.entry("background.threads", "2"));
  }

  private static void format(Path file) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] arguments = {
      "format", "-t", Uuid.randomUuid().toString(), "-c", file.toString(), "--ignore-formatted"
    };
    int status = StorageTool.execute(arguments, new PrintStream(said, true));
    if (status != 0) {
      throw new IllegalStateException(
          "cannot format the broker's storage: " + said.toString(StandardCharsets.UTF_8));
    }
  }

  private static Map<String, String> stringMap(Properties properties) {
    Map<String, String> map = new HashMap<>();
    properties.forEach((key, value) -> map.put((String) key, (String) value));
    return Map.copyOf(map);
  }
}

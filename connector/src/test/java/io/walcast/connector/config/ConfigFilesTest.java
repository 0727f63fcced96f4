package io.walcast.connector.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walcast.connector.sink.WalSinkConnector;
import io.walcast.connector.source.WalSourceConnector;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.connect.connector.Connector;
import org.apache.kafka.connect.converters.ByteArrayConverter;
import org.apache.kafka.connect.runtime.SinkConnectorConfig;
import org.apache.kafka.connect.runtime.SourceConnectorConfig;
import org.apache.kafka.connect.runtime.TopicCreationConfig;
import org.apache.kafka.connect.runtime.distributed.DistributedConfig;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that people copy are good once the two directories are theirs. */
class ConfigFilesTest {

  private static final Path DIRECTORY = Path.of("..", "config");
  private static final String TOPIC_CREATION = "topic.creation.default.";

  @TempDir Path temporary;

  @Test
  void theDirectoryHoldsTheseFiles() throws IOException {
    try (var files = Files.list(DIRECTORY)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "connect-standalone.properties",
              "connect-distributed.properties",
              "walcast-source.json",
              "walcast-sink.json");
    }
  }

  @Test
  void theSourceIsValid() throws Exception {
    Map<String, String> config = connector("walcast-source.json");
    assertThat(config.put("databases.directory", temporary.toString()))
        .isEqualTo("/path/to/databases");

    assertConnector(config, new WalSourceConnector(), SourceConnectorConfig.configDef());
    assertClient(config, "producer.override.", ProducerConfig.configDef());
    Map<String, String> topic = withPrefix(config, TOPIC_CREATION);
    Set<String> known = new TreeSet<>(topicKeys());
    known.addAll(List.of("partitions", "replication.factor"));
    assertThat(known).containsAll(topic.keySet());
    assertNoErrors(TopicCreationConfig.defaultGroupConfigDef(), topic);
    assertThat(Long.parseLong(topic.get("max.message.bytes")))
        .as("the largest batch fits")
        .isGreaterThan(Long.parseLong(config.get("producer.override.batch.size")));
    assertThat(topic).containsEntry("retention.ms", "-1").containsEntry("retention.bytes", "-1");
  }

  @Test
  void theSinkIsValidAndReadsWhatTheSourceWrites() throws Exception {
    Map<String, String> config = connector("walcast-sink.json");
    assertThat(config.put("replicas.directory", temporary.toString()))
        .isEqualTo("/path/to/replicas");

    assertConnector(config, new WalSinkConnector(), SinkConnectorConfig.configDef());
    assertClient(config, "consumer.override.", ConsumerConfig.configDef());
    assertThat(config.get("topics")).isEqualTo(connector("walcast-source.json").get("topic"));
  }

  @Test
  void theStandaloneWorkerIsValid() throws Exception {
    Map<String, String> worker = worker("connect-standalone.properties");
    new StandaloneConfig(worker);
    assertWorker(worker, new StandaloneConfig(worker).values().keySet());
  }

  @Test
  void theDistributedWorkerIsValid() throws Exception {
    Map<String, String> worker = worker("connect-distributed.properties");
    new DistributedConfig(worker);
    assertWorker(worker, new DistributedConfig(worker).values().keySet());
  }

  private static void assertWorker(Map<String, String> worker, Set<String> known) {
    assertThat(known).as("no key is misspelt").containsAll(worker.keySet());
    assertThat(worker)
        .containsEntry("connector.client.config.override.policy", "All")
        .containsEntry("plugin.discovery", "service_load")
        .containsEntry("plugin.path", "connector/target/walcast-connector-plugin");
  }

  private static void assertConnector(
      Map<String, String> config, Connector connector, ConfigDef ofEveryConnector) {
    assertThat(config.get("connector.class")).isEqualTo(connector.getClass().getName());
    assertThat(connector.validate(config).configValues())
        .allSatisfy(value -> assertThat(value.errorMessages()).as(value.name()).isEmpty());
    assertNoErrors(ofEveryConnector, config);
    Set<String> known = new TreeSet<>(ofEveryConnector.names());
    known.addAll(connector.config().names());
    assertThat(config.keySet())
        .as("no key is misspelt")
        .allMatch(
            key ->
                known.contains(key)
                    || key.matches(
                        "(producer\\.override|consumer\\.override|topic\\.creation)\\..*"));
    assertThat(config)
        .containsEntry("key.converter", ByteArrayConverter.class.getName())
        .containsEntry("value.converter", ByteArrayConverter.class.getName());
  }

  private static void assertClient(Map<String, String> config, String prefix, ConfigDef client) {
    Map<String, String> overrides = withPrefix(config, prefix);
    assertThat(overrides).isNotEmpty();
    assertThat(client.names()).as("no key is misspelt").containsAll(overrides.keySet());
    for (ConfigValue value : client.validate(overrides)) {
      if (overrides.containsKey(value.name())) {
        assertThat(value.errorMessages()).as(value.name()).isEmpty();
      }
    }
  }

  private static void assertNoErrors(ConfigDef definition, Map<String, String> config) {
    assertThat(definition.validate(config))
        .allSatisfy(value -> assertThat(value.errorMessages()).as(value.name()).isEmpty());
  }

  private static Set<String> topicKeys() throws IllegalAccessException {
    Set<String> keys = new TreeSet<>();
    for (var field : TopicConfig.class.getFields()) {
      if (field.getName().endsWith("_CONFIG")) {
        keys.add((String) field.get(null));
      }
    }
    return keys;
  }

  private static Map<String, String> withPrefix(Map<String, String> config, String prefix) {
    Map<String, String> found = new TreeMap<>();
    config.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            found.put(key.substring(prefix.length()), value);
          }
        });
    return found;
  }

  private static Map<String, String> connector(String file) throws IOException {
    ObjectMapper mapper = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    JsonNode json = mapper.readTree(DIRECTORY.resolve(file).toFile());
    assertThat(json.fieldNames()).toIterable().containsExactly("name", "config");
    Map<String, String> config = new HashMap<>();
    config.put("name", json.get("name").textValue());
    json.get("config")
        .properties()
        .forEach(each -> config.put(each.getKey(), each.getValue().textValue()));
    assertThat(config).doesNotContainValue(null);
    return config;
  }

  private static Map<String, String> worker(String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(DIRECTORY.resolve(file))) {
      properties.load(reader);
    }
    Map<String, String> worker = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> worker.put(key, properties.getProperty(key)));
    return worker;
  }
}

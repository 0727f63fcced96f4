package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.sink.SinkConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalSinkConfigTest {

  @Test
  void defaults() {
    WalSinkConfig config = config(Map.of());
    assertThat(config.replicasDirectory()).isEqualTo(Path.of("/r"));
    assertThat(config.stateDirectory()).isEqualTo(Path.of("/r/.walcast"));
    assertThat(config.deleteEnabled()).isFalse();
    assertThat(config.bufferMaxBytes()).isEqualTo(96L << 20);
    assertThat(config.checkpointThreads()).isEqualTo(2);
    assertThat(config.walCheckpointFrames()).isEqualTo(4_000);
    assertThat(config.walLimitFrames()).isEqualTo(100_000);
  }

  @Test
  void everyKeyIsMapped() {
    WalSinkConfig config =
        config(
            Map.of(
                "state.directory", "/s",
                "delete.enabled", "true",
                "buffer.max.bytes", "10",
                "checkpoint.threads", "3",
                "wal.checkpoint.frames", "4",
                "wal.limit.frames", "5",
                "name", "sink"));
    assertThat(config.stateDirectory()).isEqualTo(Path.of("/s"));
    assertThat(config.deleteEnabled()).isTrue();
    assertThat(config.bufferMaxBytes()).isEqualTo(10);
    assertThat(config.checkpointThreads()).isEqualTo(3);
    assertThat(config.walCheckpointFrames()).isEqualTo(4);
    assertThat(config.walLimitFrames()).isEqualTo(5);
    assertThat(config.connectorName()).isEqualTo("sink");
  }

  @ParameterizedTest
  @CsvSource({
    "replicas.directory, ' '",
    "state.directory, ' '",
    "buffer.max.bytes, 0",
    "checkpoint.threads, 0",
    "checkpoint.threads, 65",
    "wal.checkpoint.frames, 0",
    "wal.limit.frames, 0",
    "delete.enabled, perhaps"
  })
  void aBadValueIsRefusedByName(String key, String value) {
    assertThatThrownBy(() -> config(Map.of(key, value)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key);
  }

  @Test
  void theReplicasDirectoryIsRequired() {
    assertThatThrownBy(() -> new WalSinkConfig(Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("replicas.directory");
  }

  @Test
  void everyKeyForPeopleIsDocumentedAndGrouped() {
    for (ConfigDef.ConfigKey key : WalSinkConfig.DEFINITION.configKeys().values()) {
      if (!key.internalConfig) {
        assertThat(key.documentation).as(key.name).isNotBlank();
        assertThat(key.group).as(key.name).isNotBlank();
      }
    }
  }

  @Test
  void eachTaskLearnsItsNumber() {
    WalSinkConnector connector = new WalSinkConnector();
    connector.start(Map.of("replicas.directory", "/r", "name", "sink", "topics", "frames"));
    List<Map<String, String>> tasks = connector.taskConfigs(2);
    assertThat(tasks).hasSize(2);
    assertThat(new WalSinkConfig(tasks.get(1)).task()).isEqualTo(1);
    assertThat(tasks.get(1)).containsEntry("topics", "frames");
  }

  @Test
  void validationLooksAtTheDirectories() {
    List<ConfigValue> values =
        new WalSinkConnector()
            .validate(
                Map.of("replicas.directory", "/no/such/place", "topics", "frames", "name", "sink"))
            .configValues();
    assertThat(values)
        .filteredOn(value -> value.name().equals("replicas.directory"))
        .flatExtracting(ConfigValue::errorMessages)
        .anySatisfy(message -> assertThat(message).contains("/no/such/place"));
  }

  @Test
  void theServiceLoaderFindsTheConnector() {
    assertThat(ServiceLoader.load(SinkConnector.class))
        .anySatisfy(connector -> assertThat(connector).isInstanceOf(WalSinkConnector.class));
  }

  private static WalSinkConfig config(Map<String, String> extra) {
    Map<String, String> properties = new HashMap<>(Map.of("replicas.directory", "/r"));
    properties.putAll(extra);
    return new WalSinkConfig(properties);
  }
}

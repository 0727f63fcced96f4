package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalSourceConnectorTest {

  @TempDir Path temporary;

  private final WalSourceConnector connector = new WalSourceConnector();

  @Test
  void theServiceLoaderFindsIt() {
    assertThat(ServiceLoader.load(SourceConnector.class))
        .hasAtLeastOneElementOfType(WalSourceConnector.class);
  }

  @Test
  void theVersionIsTheBuilds() {
    assertThat(connector.version()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    assertThat(new WalSourceTask().version()).isEqualTo(connector.version());
  }

  @Test
  void tasksGetNumbersAndAllSettings() {
    Map<String, String> properties = Map.of("databases.directory", "/data", "name", "x");
    connector.start(properties);

    List<Map<String, String>> configs = connector.taskConfigs(3);

    assertThat(configs).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(configs.get(i)).containsAllEntriesOf(properties);
      assertThat(TaskShare.of(configs.get(i))).isEqualTo(new TaskShare(i, 3));
    }
  }

  @Test
  void startingWithBadSettingsFails() {
    assertThatThrownBy(() -> connector.start(Map.of())).isInstanceOf(ConfigException.class);
  }

  @Test
  void aGoodConfigurationHasNoErrors() {
    assertThat(errors(Map.of("databases.directory", temporary.toString()))).isEmpty();
  }

  @Test
  void validatingCreatesNothing() throws Exception {
    errors(Map.of("databases.directory", temporary.toString()));
    try (var entries = Files.list(temporary)) {
      assertThat(entries).isEmpty();
    }
  }

  @Test
  void bothDirectoriesAreReportedAtOnceBesideBadValues() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));

    Map<String, List<String>> errors =
        errors(
            Map.of(
                "databases.directory", temporary.resolve("missing").toString(),
                "state.directory", file.resolve("below").toString(),
                "topic", "no topic"));

    assertThat(errors).containsOnlyKeys("databases.directory", "state.directory", "topic");
    assertThat(errors.get("databases.directory").get(0))
        .contains(temporary.resolve("missing") + " is not a directory");
    assertThat(errors.get("state.directory").get(0)).contains(file + " is a file");
  }

  @Test
  void aMissingDirectoryIsOneErrorWhenTheStateDirectoryIsBelowIt() {
    assertThat(errors(Map.of("databases.directory", temporary.resolve("missing").toString())))
        .containsOnlyKeys("databases.directory");
  }

  @Test
  void aMissingValueIsOneError() {
    assertThat(errors(Map.of())).containsOnlyKeys("databases.directory");
  }

  @Test
  void exactlyOnceIsNotClaimed() {
    assertThat(connector.exactlyOnceSupport(Map.of())).isEqualTo(ExactlyOnceSupport.UNSUPPORTED);
  }

  private Map<String, List<String>> errors(Map<String, String> properties) {
    return connector.validate(new HashMap<>(properties)).configValues().stream()
        .filter(value -> !value.errorMessages().isEmpty())
        .collect(Collectors.toMap(ConfigValue::name, ConfigValue::errorMessages));
  }
}

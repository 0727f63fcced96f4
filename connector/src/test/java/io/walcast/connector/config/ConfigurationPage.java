package io.walcast.connector.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** Writes docs/configuration.md from the definitions of the keys. */
final class ConfigurationPage {

  private static final String INTRODUCTION =
      """
      # Configuration

      Generated from the code by `ConfigurationPageTest`; to write it anew:
      `./mvnw -pl testkit,registry,connector -Dtest=ConfigurationPageTest -Dwalcast.writeDocs=true \
      -Dsurefire.failIfNoSpecifiedTests=false test`.

      Both connectors also take what every connector of Kafka Connect takes (`name`, `tasks.max`, \
      converters, `errors.*`, `producer.override.*`, `consumer.override.*`, `topic.creation.*`). \
      The files in [config](../config) are complete and meant to be copied; keys and values need \
      the `ByteArrayConverter` that they name.
      """;

  private final StringBuilder page = new StringBuilder(INTRODUCTION);

  void addConnector(String title, Class<?> connector, ConfigDef definition) {
    page.append("\n## ").append(title).append("\n\n`").append(connector.getName()).append("`\n");
    Map<String, List<ConfigDef.ConfigKey>> groups = new LinkedHashMap<>();
    definition.configKeys().values().stream()
        .filter(key -> !key.internalConfig)
        .sorted(
            Comparator.comparingInt(
                    (ConfigDef.ConfigKey key) -> definition.groups().indexOf(key.group))
                .thenComparingInt(key -> key.orderInGroup))
        .forEach(key -> groups.computeIfAbsent(key.group, name -> new ArrayList<>()).add(key));
    groups.forEach(
        (group, keys) -> {
          page.append("\n### ").append(group).append('\n');
          keys.forEach(this::addKey);
        });
  }

  @Override
  public String toString() {
    return page.toString();
  }

  private void addKey(ConfigDef.ConfigKey key) {
    page.append("\n**`").append(key.name).append("`** — ").append(key.documentation).append("\n\n");
    page.append("* Type: ").append(key.type.name().toLowerCase(Locale.ROOT)).append('\n');
    page.append("* Default: ").append(defaultOf(key)).append('\n');
    if (key.validator != null) {
      page.append("* Valid: ").append(key.validator).append('\n');
    }
    page.append("* Importance: ")
        .append(key.importance.name().toLowerCase(Locale.ROOT))
        .append('\n');
  }

  private static String defaultOf(ConfigDef.ConfigKey key) {
    if (!key.hasDefault()) {
      return "none, must be set";
    }
    if (key.defaultValue == null) {
      return "not set";
    }
    return key.defaultValue.equals("") ? "empty" : "`" + key.defaultValue + "`";
  }
}

package io.walcast.connector.source;

import io.walcast.connector.BuildVersion;
import io.walcast.connector.client.ClientKeys;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * Replicates the SQLite databases below a directory to a topic, page by page and transaction by
 * transaction. The tasks share the databases among them by name; each finds its own, new ones too.
 */
public final class WalSourceConnector extends SourceConnector {

  private Map<String, String> properties;

  /** Kafka Connect makes connectors without arguments. */
  public WalSourceConnector() {}

  @Override
  public String version() {
    return BuildVersion.get();
  }

  @Override
  public ConfigDef config() {
    return WalSourceConfig.DEFINITION;
  }

  @Override
  public Class<? extends Task> taskClass() {
    return WalSourceTask.class;
  }

  @Override
  public void start(Map<String, String> connectorProperties) {
    new WalSourceConfig(connectorProperties);
    properties = Map.copyOf(connectorProperties);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks)
        .mapToObj(index -> new TaskShare(index, maxTasks).addTo(properties))
        .toList();
  }

  @Override
  public void stop() {
    properties = null;
  }

  /** Beside the values themselves: are the directories there, and may they be used? */
  @Override
  public Config validate(Map<String, String> connectorProperties) {
    Config validated = super.validate(connectorProperties);
    Map<String, ConfigValue> values =
        validated.configValues().stream()
            .collect(Collectors.toMap(ConfigValue::name, value -> value));
    DirectoryChecks.check(
        values.get(WalSourceConfig.DATABASES_DIRECTORY),
        values.get(WalSourceConfig.STATE_DIRECTORY));
    AnnouncementConfig.validate(values);
    ClientKeys.validate(connectorProperties, validated.configValues());
    return validated;
  }

  /**
   * Not supported: what is published again after a failure is told by the state directory, not by
   * Connect's offsets. Frames that come twice do no harm at the sink.
   */
  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> connectorProperties) {
    return ExactlyOnceSupport.UNSUPPORTED;
  }
}

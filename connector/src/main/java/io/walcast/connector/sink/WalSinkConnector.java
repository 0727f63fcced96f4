package io.walcast.connector.sink;

import io.walcast.connector.BuildVersion;
import io.walcast.connector.client.ClientKeys;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Keeps live replicas of SQLite databases from the frame records of a topic. All work is done by
 * {@link WalSinkTask}.
 */
public final class WalSinkConnector extends SinkConnector {

  private Map<String, String> properties = Map.of();

  /** Kafka Connect makes connectors without arguments. */
  public WalSinkConnector() {}

  @Override
  public void start(Map<String, String> props) {
    properties = new WalSinkConfig(props).originalsStrings();
  }

  @Override
  public Class<? extends Task> taskClass() {
    return WalSinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks).mapToObj(this::taskConfig).toList();
  }

  private Map<String, String> taskConfig(int task) {
    Map<String, String> config = new HashMap<>(properties);
    config.put(WalSinkConfig.TASK, Integer.toString(task));
    return config;
  }

  @Override
  public void stop() {
    // nothing is held here
  }

  @Override
  public ConfigDef config() {
    return WalSinkConfig.DEFINITION;
  }

  @Override
  public String version() {
    return BuildVersion.get();
  }

  /** Beside the values themselves: are the directories there, or can they be made? */
  @Override
  public Config validate(Map<String, String> connectorConfigs) {
    Config config = super.validate(connectorConfigs);
    for (ConfigValue value : config.configValues()) {
      boolean directory =
          value.name().equals(WalSinkConfig.REPLICAS_DIRECTORY)
              || value.name().equals(WalSinkConfig.STATE_DIRECTORY);
      if (directory && value.value() != null && value.errorMessages().isEmpty()) {
        ReplicaDirectory.problem(Path.of(value.value().toString()))
            .ifPresent(problem -> value.addErrorMessage(value.name() + ": " + problem));
      }
    }
    ClientKeys.validate(connectorConfigs, config.configValues());
    return config;
  }
}

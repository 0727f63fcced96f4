package io.walcast.connector.sink;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Keeps live replicas of SQLite databases from the frame records of a topic. All work is done by
 * {@link WalSinkTask}.
 */
public final class WalSinkConnector extends SinkConnector {

  private Map<String, String> properties = Map.of();

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
    return "0.1.0";
  }
}

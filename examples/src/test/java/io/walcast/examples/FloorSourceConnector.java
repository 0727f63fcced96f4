package io.walcast.examples;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/** Runs one {@link FloorSourceTask}: what Connect itself costs a source. */
public final class FloorSourceConnector extends SourceConnector {

  static final String TOPIC = "topic";
  static final String RECORDS = "records";
  static final String PAGES_FILE = "pages.file";
  static final String POLL_RECORDS = "poll.records";

  private Map<String, String> config;

  @Override
  public void start(Map<String, String> properties) {
    config = Map.copyOf(properties);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return FloorSourceTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(config);
  }

  @Override
  public void stop() {}

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define(TOPIC, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Topic to fill.")
        .define(RECORDS, ConfigDef.Type.INT, ConfigDef.Importance.HIGH, "Records to send.")
        .define(
            PAGES_FILE,
            ConfigDef.Type.STRING,
            ConfigDef.Importance.HIGH,
            "A database nobody has open, whose pages are sent.")
        .define(
            POLL_RECORDS, ConfigDef.Type.INT, 1000, ConfigDef.Importance.LOW, "Records per poll.");
  }

  @Override
  public String version() {
    return "1";
  }
}

package io.walcast.testkit;

import java.nio.file.Path;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka broker inside this JVM: the quickest to start, and gone with it. {@code start} returns
 * when the broker accepts clients. Any thread.
 */
public final class EmbeddedBroker implements KafkaBroker {
  private final KafkaRaftServer server;
  private final String bootstrapServers;

  private EmbeddedBroker(KafkaRaftServer server, String bootstrapServers) {
    this.server = server;
    this.bootstrapServers = bootstrapServers;
  }

  public static EmbeddedBroker start(Path dataDirectory) {
    return start(dataDirectory, Map.of());
  }

  /**
   * @param overrides broker settings that replace or add to the testkit's
   */
  public static EmbeddedBroker start(Path dataDirectory, Map<String, String> overrides) {
    BrokerSettings settings = BrokerSettings.prepare(dataDirectory, overrides);
    KafkaRaftServer server =
        new KafkaRaftServer(new KafkaConfig(settings.properties(), false), Time.SYSTEM);
    server.startup();
    return new EmbeddedBroker(server, settings.bootstrapServers());
  }

  @Override
  public String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}

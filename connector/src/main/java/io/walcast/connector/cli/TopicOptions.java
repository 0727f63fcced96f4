package io.walcast.connector.cli;

import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.TopicScan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import picocli.CommandLine.Option;

/** Which topic, and how to get at it: named as Kafka's own tools name it. */
final class TopicOptions {

  @Option(
      names = "--bootstrap-server",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Brokers to connect to.")
  private String bootstrapServer;

  @Option(
      names = "--command-config",
      paramLabel = "FILE",
      description = "Properties of the Kafka clients, such as security.")
  private Path commandConfig;

  @Option(
      names = "--topic",
      defaultValue = "walcast",
      paramLabel = "TOPIC",
      description = "Topic of the frames (default: ${DEFAULT-VALUE}).")
  private String topic;

  @Option(names = "--quiet", description = "No progress on the error output.")
  private boolean quiet;

  /** Connects to the topic. */
  FrameTopic open() throws IOException {
    Properties properties = new Properties();
    if (commandConfig != null) {
      properties.putAll(Utils.loadProps(commandConfig.toString()));
    }
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServer);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none"); // what is gone is an error
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.putIfAbsent(ConsumerConfig.CLIENT_ID_CONFIG, "walcast-cli");
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    try {
      return new FrameTopic(
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
          topic);
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("cannot make a Kafka consumer: " + cause.getMessage(), e);
    }
  }

  /** Reads the whole topic to learn what is in it. */
  TopicScan scan(FrameTopic frames) throws IOException {
    TopicScan scan = new TopicScan(frames);
    try (ProgressLine progress = new ProgressLine("Reading " + topic, quiet)) {
      scan.run(progress::at);
    }
    return scan;
  }
}

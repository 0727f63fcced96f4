package io.walcast.connector.cli;

import io.walcast.connector.storage.AnnouncedRuns;
import io.walcast.connector.storage.AnnouncementIndex;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.TopicScan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Which topic, and how to get at it: named as Kafka's own tools name it. */
final class TopicOptions {

  private static final long MAX_INDEX_BYTES = 1L << 30;

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

  @Option(
      names = "--scan",
      description =
          "Read all of the topic to learn what is in it, also where announcements say so.")
  private boolean scan;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  /** Connects to the topic. */
  FrameTopic open() throws IOException {
    return new FrameTopic(consumer(), topic);
  }

  /** The topic of frames. */
  String name() {
    return topic;
  }

  private Properties clientProperties() throws IOException {
    Properties properties = new Properties();
    if (commandConfig != null) {
      properties.putAll(Utils.loadProps(commandConfig.toString()));
    }
    properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServer);
    properties.putIfAbsent(CommonClientConfigs.CLIENT_ID_CONFIG, "walcast-cli");
    return properties;
  }

  /** For records that must not be lost. */
  KafkaProducer<byte[], byte[]> producer() throws IOException {
    Properties properties = clientProperties();
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    try {
      return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("cannot make a Kafka producer: " + cause.getMessage(), e);
    }
  }

  /** Reads what the options name. */
  KafkaConsumer<byte[], byte[]> consumer() throws IOException {
    Properties properties = clientProperties();
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none"); // what is gone is an error
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    try {
      return new KafkaConsumer<>(
          properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("cannot make a Kafka consumer: " + cause.getMessage(), e);
    }
  }

  /**
   * Learns what is in the topic: from its announcements and what follows them, or, where there are
   * none that can be relied on, from all of it. Says which.
   */
  TopicContents contents(FrameTopic frames) throws IOException {
    if (!scan) {
      try (AnnouncementIndex announced =
          new AnnouncementIndex(consumer(), topic, AnnouncedRuns.all(MAX_INDEX_BYTES))) {
        if (announced.refresh() && announced.isComplete()) {
          TopicContents contents =
              new TopicContents(new TopicScan(frames, announced.runs().index()), announced.runs());
          read(contents.scan(), announced.runs().ends());
          return contents;
        }
        note(announced.topic() + " is missing or incomplete: all of " + topic + " is read");
        announced.problems().forEach(this::note);
      }
    }
    return scanned(frames);
  }

  /** Reads the whole topic to learn what is in it. */
  TopicContents scanned(FrameTopic frames) throws IOException {
    TopicContents contents = new TopicContents(new TopicScan(frames), AnnouncedRuns.all(0));
    read(contents.scan(), Map.of());
    return contents;
  }

  private void read(TopicScan from, Map<Integer, Long> known) throws IOException {
    try (ProgressLine progress = new ProgressLine("Reading " + topic, quiet)) {
      from.run(known, progress::at);
    }
  }

  /** Tells the user what is not a result. */
  void note(String text) {
    if (!quiet) {
      command.commandLine().getErr().println("walcast: " + text);
    }
  }
}

package io.walcast.connector.announcer;

import io.walcast.connector.client.KafkaClients;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topic of announcements, as its writer finds it. For one thread. */
final class AnnouncementTopic {

  private static final Logger LOG = LoggerFactory.getLogger(AnnouncementTopic.class);

  /** What is rewritten once a second is to be cleaned up in the order of an hour. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT,
          TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(16 << 20),
          TopicConfig.SEGMENT_MS_CONFIG, Long.toString(Duration.ofHours(1).toMillis()),
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(8 << 20));

  private final String name;
  private final KafkaClients clients;
  private final String clientId;

  AnnouncementTopic(String name, KafkaClients clients, String clientId) {
    this.name = name;
    this.clients = clients;
    this.clientId = clientId;
  }

  /**
   * Creates it, unless it is there.
   *
   * @throws IOException saying why it cannot
   */
  void ensure() throws IOException, InterruptedException {
    try (Admin admin = clients.openAdmin(clientId + "-admin")) {
      if (exists(admin)) {
        warnUnlessCompacted(admin);
        return;
      }
      NewTopic topic =
          new NewTopic(name, Optional.of(1), Optional.<Short>empty()).configs(SETTINGS);
      admin.createTopics(List.of(topic)).all().get();
      LOG.info("Created topic {} for the announcements, compacted, with one partition", name);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) { // another task was faster
        throw new IOException(
            "topic "
                + name
                + " cannot be looked up or created: "
                + e.getCause().getMessage()
                + "; create it yourself, with cleanup.policy=compact, or set announce.enabled=false",
            e.getCause());
      }
    }
  }

  private boolean exists(Admin admin) throws ExecutionException, InterruptedException {
    try {
      admin.describeTopics(List.of(name)).allTopicNames().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  private void warnUnlessCompacted(Admin admin) throws InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    try {
      Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      ConfigEntry policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG);
      if (!policy.value().equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
        LOG.warn(
            "Topic {} has cleanup.policy={}, not compact: it grows for ever, or loses announcements",
            name,
            policy.value());
      }
    } catch (ExecutionException e) {
      LOG.debug("Whether topic {} is compacted may not be asked", name, e);
    }
  }

  /**
   * Reads everything that is there now.
   *
   * @throws IOException naming the topic
   */
  void read(AnnouncementReading.Reader reader) throws IOException {
    try (AnnouncementReading reading =
        new AnnouncementReading(clients.openConsumer(clientId + "-announcements"), name, reader)) {
      reading.catchUp();
    }
  }
}

package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.client.KafkaClients;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes records of the topic of frames below the first that anything announced leads to, of any
 * namespace and any task. What became unneeded goes with the next pass but one, so that who reads
 * it can finish, and what another task has published is announced before it could be passed over.
 * For one thread.
 */
final class Pruner implements Closeable, AnnouncementReading.Reader {

  private static final Logger LOG = LoggerFactory.getLogger(Pruner.class);

  private final String topic;
  private final KafkaClients clients;
  private final String clientId;
  private final Consumer<byte[], byte[]> consumer;
  private final AnnouncementReading reading;
  private final Map<Namespace, RunHistory> histories = new HashMap<>();
  private final Map<Integer, Long> pruned = new HashMap<>();
  private Map<Integer, Long> before = Map.of();

  /**
   * Reads nothing yet.
   *
   * @throws IOException if no client can be opened
   */
  Pruner(AnnouncerOptions options, KafkaClients clients, String clientId) throws IOException {
    topic = options.topic();
    this.clients = clients;
    this.clientId = clientId;
    consumer = clients.openConsumer(clientId + "-pruner");
    reading = new AnnouncementReading(consumer, options.announcements(), this);
  }

  @Override
  public void announced(Announcement run) {
    histories.computeIfAbsent(run.namespace(), name -> new RunHistory()).put(AnnouncedRun.of(run));
  }

  @Override
  public void retired(AnnouncementKey key) {
    RunHistory history = histories.get(key.namespace());
    if (history != null) {
      history.remove(key);
    }
  }

  /**
   * Reads what has been announced since the last pass.
   *
   * @throws IOException naming the topic
   */
  void look() throws IOException {
    reading.catchUp();
  }

  /**
   * Namespaces whose newest base has lost records: somebody else deleted them, or they were passed
   * over because the base was a long time on its way.
   *
   * @throws IOException naming the topic
   */
  List<Namespace> broken() throws IOException {
    List<TopicPartition> partitions =
        lowest(histories).keySet().stream()
            .map(partition -> new TopicPartition(topic, partition))
            .toList();
    Map<TopicPartition, Long> beginnings;
    try {
      beginnings = consumer.beginningOffsets(partitions);
    } catch (KafkaException e) {
      throw new IOException("cannot look up the offsets of " + topic + ": " + e.getMessage(), e);
    }
    return histories.entrySet().stream()
        .filter(
            entry ->
                entry.getValue().fromNewestBase().stream()
                    .anyMatch(
                        run ->
                            run.firstOffset()
                                < beginnings.get(new TopicPartition(topic, run.partition()))))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Namespaces of which a snapshot would let many records go, of any task. */
  List<Namespace> pinning() {
    return PinnedRecords.pinning(histories);
  }

  /**
   * Deletes what was not needed at the last look, nor when this was called before.
   *
   * @param unannounced lowest offset of each partition that nothing leads to yet, and shall
   * @throws IOException naming the topic, if Kafka cannot be asked or refuses
   */
  void prune(Map<Integer, Long> unannounced) throws IOException, InterruptedException {
    Map<Integer, Long> needed = lowest(histories);
    Map<TopicPartition, RecordsToDelete> unneeded = new HashMap<>();
    needed.forEach(
        (partition, lowest) -> {
          long to = Math.min(lowest, before.getOrDefault(partition, 0L));
          to = Math.min(to, unannounced.getOrDefault(partition, Long.MAX_VALUE));
          if (to > pruned.getOrDefault(partition, 0L)) {
            unneeded.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(to));
          }
        });
    before = needed;
    if (!unneeded.isEmpty()) {
      delete(unneeded);
    }
  }

  /** The lowest offset of each partition that any announcement leads to. */
  static Map<Integer, Long> lowest(Map<Namespace, RunHistory> histories) {
    Map<Integer, Long> lowest = new TreeMap<>();
    for (RunHistory history : histories.values()) {
      history.runs().forEach(run -> lowest.merge(run.partition(), run.firstOffset(), Math::min));
    }
    return lowest;
  }

  private void delete(Map<TopicPartition, RecordsToDelete> unneeded)
      throws IOException, InterruptedException {
    try (Admin admin = clients.openAdmin(clientId + "-admin")) {
      admin.deleteRecords(unneeded).all().get();
    } catch (ExecutionException e) {
      throw new IOException(
          "records of topic " + topic + " cannot be deleted: " + e.getCause().getMessage(), e);
    }
    unneeded.forEach((partition, to) -> pruned.put(partition.partition(), to.beforeOffset()));
    LOG.info(
        "Pruned {} below offsets (by partition) {}",
        topic,
        unneeded.entrySet().stream()
            .collect(
                Collectors.toMap(
                    e -> e.getKey().partition(),
                    e -> e.getValue().beforeOffset(),
                    (a, b) -> a,
                    TreeMap::new)));
  }

  @Override
  public void close() {
    reading.close();
  }
}

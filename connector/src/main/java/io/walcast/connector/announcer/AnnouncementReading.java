package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.announce.InvalidAnnouncementException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the topic of announcements from its beginning, and then what is added. For one thread. */
final class AnnouncementReading implements Closeable {

  /** Is given what is in the topic, in the order of each partition. */
  interface Reader {
    /** An announcement, or a newer version of it. */
    void announced(Announcement run);

    /** What was announced under this key is retired. */
    void retired(AnnouncementKey key);

    /** What was announced under this key cannot be read. */
    default void damaged(AnnouncementKey key) {}
  }

  private static final Logger LOG = LoggerFactory.getLogger(AnnouncementReading.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final Reader reader;
  private List<TopicPartition> partitions; // null: not looked up yet

  /** Takes the consumer over; asks nothing yet. */
  AnnouncementReading(Consumer<byte[], byte[]> consumer, String topic, Reader reader) {
    this.consumer = consumer;
    this.topic = topic;
    this.reader = reader;
  }

  /**
   * Reads everything that is there now and has not been read.
   *
   * @throws IOException naming the topic; it may be tried again
   */
  void catchUp() throws IOException {
    try {
      if (partitions == null) {
        List<TopicPartition> found = lookUp();
        consumer.assign(found);
        consumer.seekToBeginning(found);
        partitions = found;
      }
      readUpTo(consumer.endOffsets(partitions));
    } catch (KafkaException e) {
      throw failed(e.getMessage(), e);
    }
  }

  private List<TopicPartition> lookUp() throws IOException {
    List<PartitionInfo> found = consumer.partitionsFor(topic);
    if (found == null || found.isEmpty()) {
      throw failed("it does not exist", null);
    }
    return found.stream().map(p -> new TopicPartition(topic, p.partition())).toList();
  }

  private void readUpTo(Map<TopicPartition, Long> ends) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      boolean any = false;
      for (ConsumerRecord<byte[], byte[]> found : consumer.poll(POLL)) {
        take(found);
        any = true;
      }
      if (any) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() - deadline > 0) {
        throw failed("nothing came for " + PATIENCE.toSeconds() + " s", null);
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> found) {
    AnnouncementKey key = null;
    try {
      key = AnnouncementKey.decode(found.key());
      if (found.value() == null) {
        reader.retired(key);
      } else {
        reader.announced(AnnouncementJson.decode(found.value()));
      }
    } catch (InvalidAnnouncementException e) {
      LOG.warn(
          "{}-{}@{} is no announcement: {}",
          topic,
          found.partition(),
          found.offset(),
          e.getMessage());
      if (key != null) {
        reader.damaged(key);
      }
    }
  }

  private IOException failed(String problem, Exception cause) {
    return new IOException("reading topic " + topic + ": " + problem, cause);
  }

  @Override
  public void close() {
    consumer.close();
  }
}

package io.walcast.connector.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** The topic of frames, read with one consumer that belongs to no group. For one thread. */
public final class FrameTopic implements Closeable {

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;

  /**
   * Takes the consumer over.
   *
   * @param consumer without a group, not resetting offsets by itself, for committed records only
   */
  public FrameTopic(Consumer<byte[], byte[]> consumer, String topic) {
    this.consumer = consumer;
    this.topic = topic;
  }

  /** The name of the topic. */
  public String name() {
    return topic;
  }

  /**
   * The partitions.
   *
   * @throws IOException if the topic does not exist or the brokers do not answer
   */
  public List<TopicPartition> partitions() throws IOException {
    try {
      List<PartitionInfo> found = consumer.partitionsFor(topic);
      if (found == null || found.isEmpty()) {
        throw new IOException("topic " + topic + " does not exist");
      }
      return found.stream()
          .map(partition -> new TopicPartition(topic, partition.partition()))
          .sorted((a, b) -> Integer.compare(a.partition(), b.partition()))
          .toList();
    } catch (KafkaException e) {
      throw new IOException("cannot look up topic " + topic + ": " + e.getMessage(), e);
    }
  }

  /** The first offset of each partition that is still there. */
  public Map<Integer, Long> beginnings() throws IOException {
    List<TopicPartition> all = partitions();
    return offsets(() -> consumer.beginningOffsets(all));
  }

  /** The offset after the last record of each partition. */
  public Map<Integer, Long> ends() throws IOException {
    List<TopicPartition> all = partitions();
    return offsets(() -> consumer.endOffsets(all));
  }

  /**
   * The offset of the first record of a partition with this time or a later one; that after the
   * last record if there is none.
   *
   * @param timeMs in milliseconds since 1970
   */
  public long offsetAt(int partition, long timeMs) throws IOException {
    TopicPartition asked = new TopicPartition(topic, partition);
    Map<Integer, Long> found =
        offsets(
            () -> {
              OffsetAndTimestamp first =
                  consumer.offsetsForTimes(Map.of(asked, Math.max(0, timeMs))).get(asked);
              return first == null
                  ? consumer.endOffsets(List.of(asked))
                  : Map.of(asked, first.offset());
            });
    return found.get(partition);
  }

  private interface Question {
    Map<TopicPartition, Long> ask();
  }

  private Map<Integer, Long> offsets(Question question) throws IOException {
    try {
      return question.ask().entrySet().stream()
          .collect(Collectors.toMap(entry -> entry.getKey().partition(), Map.Entry::getValue));
    } catch (KafkaException e) {
      throw new IOException("cannot look up the offsets of " + topic + ": " + e.getMessage(), e);
    }
  }

  /**
   * Begins to read records of one partition. It ends any other stretch that is being read.
   *
   * @param from first offset
   * @param to offset after the last
   */
  public TopicStretch read(int partition, long from, long to) throws IOException {
    return new TopicStretch(consumer, new TopicPartition(topic, partition), from, to);
  }

  /** Has whoever reads fail at once; any thread may call it. */
  public void interrupt() {
    consumer.wakeup();
  }

  /** Bytes that came from the brokers since the consumer was made, all requests included. */
  public long receivedBytes() {
    return consumer.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals("incoming-byte-total"))
        .filter(metric -> metric.metricName().group().equals("consumer-metrics"))
        .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
        .sum();
  }

  @Override
  public void close() {
    consumer.close();
  }
}

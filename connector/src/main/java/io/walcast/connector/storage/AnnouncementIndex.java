package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.announce.InvalidAnnouncementException;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the topic of announcements says is in a topic of frames. The first {@link #refresh} reads
 * all of it, each later one what was added. A record that is no announcement is named and passed
 * over: what it may have announced is missing here, which whoever looks for it notices.
 *
 * <p>For one thread at a time.
 */
public final class AnnouncementIndex implements Closeable {

  /** What follows the name of the topic of frames. */
  public static final String SUFFIX = ".segments";

  private static final Logger LOG = LoggerFactory.getLogger(AnnouncementIndex.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
  private static final int MAX_PROBLEMS = 100;
  private static final int MAX_VALUE_BYTES = 16 << 20;

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final AnnouncedRuns runs;
  private final List<String> problems = new ArrayList<>();
  private final Map<TopicPartition, Long> next = new HashMap<>();
  private long unreported;

  /**
   * Reads nothing yet.
   *
   * @param consumer without a group, not resetting offsets by itself; taken over
   * @param framesTopic name of the topic of frames
   * @param runs takes what is found
   */
  public AnnouncementIndex(
      Consumer<byte[], byte[]> consumer, String framesTopic, AnnouncedRuns runs) {
    this.consumer = consumer;
    this.topic = framesTopic + SUFFIX;
    this.runs = runs;
  }

  /**
   * Reads what is there now and was not when it was called last.
   *
   * @return whether the topic exists
   * @throws IOException if it cannot be read; what was read counts, and the next call goes on
   */
  public boolean refresh() throws IOException {
    try {
      List<TopicPartition> partitions = partitions();
      if (partitions.isEmpty()) {
        return false;
      }
      readUpTo(consumer.endOffsets(partitions), consumer.beginningOffsets(partitions));
      return true;
    } catch (KafkaException e) {
      throw new IOException("reading " + topic + ": " + e.getMessage(), e);
    }
  }

  private List<TopicPartition> partitions() {
    List<PartitionInfo> found = consumer.partitionsFor(topic);
    return found == null
        ? List.of()
        : found.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
  }

  private void readUpTo(Map<TopicPartition, Long> ends, Map<TopicPartition, Long> beginnings)
      throws IOException {
    boolean replaced =
        next.entrySet().stream().anyMatch(e -> ends.getOrDefault(e.getKey(), 0L) < e.getValue());
    if (replaced) { // by a new topic of this name
      LOG.warn("{} ends before what was read of it: it is read anew", topic);
      next.clear();
      runs.clear();
    }
    consumer.assign(ends.keySet());
    for (TopicPartition partition : ends.keySet()) {
      long from = Math.max(next.getOrDefault(partition, 0L), beginnings.get(partition));
      next.put(partition, from);
      consumer.seek(partition, from);
    }
    long deadline = System.nanoTime() + PATIENCE_NS;
    while (ends.entrySet().stream().anyMatch(end -> next.get(end.getKey()) < end.getValue())) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      records.forEach(this::take);
      for (TopicPartition partition : ends.keySet()) {
        next.put(partition, consumer.position(partition));
      }
      if (!records.isEmpty()) {
        deadline = System.nanoTime() + PATIENCE_NS;
      } else if (System.nanoTime() - deadline > 0) {
        throw new IOException("reading " + topic + ": nothing came for 60 s");
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    Optional<String> problem;
    try {
      problem = took(AnnouncementKey.decode(record.key()), record.value());
    } catch (InvalidAnnouncementException e) {
      problem = Optional.of(e.getMessage());
    }
    problem.ifPresent(
        wrong -> report(topic + "-" + record.partition() + "@" + record.offset() + ": " + wrong));
  }

  /** Takes a record; says what is wrong with it, if anything is. */
  private Optional<String> took(AnnouncementKey key, byte[] value)
      throws InvalidAnnouncementException {
    if (value == null) {
      runs.remove(key);
      return Optional.empty();
    }
    if (value.length > MAX_VALUE_BYTES) {
      return Optional.of("a value of " + value.length + " bytes");
    }
    Announcement run = AnnouncementJson.decode(value);
    if (!run.key().equals(key)) {
      return Optional.of("its key is that of another, " + key);
    }
    runs.add(run);
    return Optional.empty();
  }

  private void report(String problem) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(problem);
      LOG.warn("Not an announcement, passed over: {}", problem);
    } else {
      unreported++;
    }
  }

  /** Records that are no announcements: where, and what is wrong; the first of them. */
  public List<String> problems() {
    List<String> all = new ArrayList<>(problems);
    if (unreported > 0) {
      all.add(topic + ": " + unreported + " more records that are no announcements");
    }
    return all;
  }

  /** Whether nothing was passed over or given up, and there is something. */
  public boolean isComplete() {
    return problems.isEmpty() && !runs.isIncomplete() && !runs.namespaces().isEmpty();
  }

  /** What is announced. */
  public AnnouncedRuns runs() {
    return runs;
  }

  /** The newest run of a namespace. */
  public Optional<Announcement> newest(Namespace namespace) {
    return runs.newest(namespace);
  }

  /** The name of the topic of announcements. */
  public String topic() {
    return topic;
  }

  @Override
  public void close() {
    consumer.close();
  }
}

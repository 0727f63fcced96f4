package io.walcast.connector.sink;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.SegmentFinder;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.storage.TopicScan;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic of frames with one partition, and its announcements, written as a source would. */
final class SyncTopic implements AutoCloseable {

  private final String servers;
  private final String name;
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;
  private final SegmentFinder finder = new SegmentFinder(0);
  private final List<Announcement> announced = new ArrayList<>();
  private final List<String> keys = new ArrayList<>(); // of all that was announced, in order
  private long published;

  SyncTopic(String servers, String name) throws Exception {
    this(servers, name, Map.of());
  }

  /**
   * @param announcements settings of the topic of announcements, beside that it is compacted
   */
  SyncTopic(String servers, String name, Map<String, String> announcements) throws Exception {
    this.servers = servers;
    this.name = name;
    Map<String, String> compacted = new HashMap<>(announcements);
    compacted.put("cleanup.policy", "compact");
    Map<String, Object> client = Map.of("bootstrap.servers", servers);
    admin = Admin.create(client);
    admin
        .createTopics(
            List.of(
                new NewTopic(name, 1, (short) 1),
                new NewTopic(name + ".segments", 1, (short) 1).configs(compacted)))
        .all()
        .get();
    producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
  }

  TopicPartition partition() {
    return new TopicPartition(name, 0);
  }

  void publish(String namespace, List<byte[]> values) {
    for (byte[] value : values) {
      producer.send(new ProducerRecord<>(name, namespace.getBytes(StandardCharsets.UTF_8), value));
    }
    producer.flush();
  }

  void announceRaw(String key, byte[] value) {
    producer.send(
        new ProducerRecord<>(name + ".segments", key.getBytes(StandardCharsets.UTF_8), value));
    producer.flush();
  }

  /** Publishes to a topic of which nobody else writes, and announces each segment. */
  void publishAnnounced(String namespace, List<byte[]> values) throws Exception {
    for (byte[] value : values) {
      finder
          .frame(
              new Namespace(namespace),
              published++,
              System.currentTimeMillis(),
              FrameRecord.decode(value))
          .ifPresent(run -> announced.add(run));
    }
    publish(namespace, values);
    for (Announcement run : announced) {
      keys.add(run.key().toString());
      announceRaw(run.key().toString(), AnnouncementJson.encode(run));
    }
    announced.clear();
  }

  /** Announces all that is there, small segments that follow each other as one run. */
  void announce(String... namespaces) throws Exception {
    try (FrameTopic frames = frames()) {
      TopicScan scan = new TopicScan(frames);
      scan.run((done, all) -> {});
      for (String namespace : namespaces) {
        announce(scan.index(), new Namespace(namespace));
      }
    }
    producer.flush();
  }

  private void announce(TopicIndex index, Namespace namespace) {
    Announcement run = null;
    for (SegmentKey key : index.keys(namespace)) {
      Announcement segment = index.run(namespace, key).orElseThrow();
      boolean grows =
          run != null && run.isContinuedBy(segment) && run.bytes() + segment.bytes() < 100_000;
      run = grows ? run.with(segment) : segment;
      announceRaw(run.key().toString(), AnnouncementJson.encode(run));
    }
  }

  /** Retires all announcements but the newest, as a source does after a snapshot. */
  void retireAllBut(int newest) {
    List<String> retired = keys.subList(0, keys.size() - newest);
    retired.forEach(key -> announceRaw(key, null));
    retired.clear();
  }

  /** Announcements that still lie in their topic, whether or not they count for something. */
  long announcementsThatLieThere() {
    TopicPartition segments = new TopicPartition(name + ".segments", 0);
    long count = 0;
    try (Consumer<byte[], byte[]> reader = consumer()) {
      reader.assign(List.of(segments));
      reader.seekToBeginning(List.of(segments));
      long end = reader.endOffsets(List.of(segments)).get(segments);
      while (reader.position(segments) < end) {
        for (var record : reader.poll(Duration.ofMillis(100))) {
          count += record.value() == null ? 0 : 1;
        }
      }
    }
    return count;
  }

  /** Deletes all but the newest records. */
  void deleteAllBut(long records) throws Exception {
    admin
        .deleteRecords(Map.of(partition(), RecordsToDelete.beforeOffset(end() - records)))
        .all()
        .get();
  }

  long end() throws Exception {
    try (FrameTopic frames = frames()) {
      return frames.ends().get(0);
    }
  }

  private FrameTopic frames() {
    return new FrameTopic(consumer(), name);
  }

  Consumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", servers, "auto.offset.reset", "earliest"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  Map<String, String> clientSettings() {
    return Map.of("kafka.bootstrap.servers", servers);
  }

  @Override
  public void close() {
    producer.close();
    admin.close();
  }
}

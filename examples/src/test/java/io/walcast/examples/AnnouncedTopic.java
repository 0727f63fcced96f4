package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.storage.TopicScan;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.storage.DatabaseRestore;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.PageImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.roaringbitmap.RoaringBitmap;

/** Compares what is announced with what a reading of the whole topic of frames finds. */
final class AnnouncedTopic {

  private final String bootstrapServers;
  private final String topic;

  AnnouncedTopic(String bootstrapServers, String topic) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", bootstrapServers,
            "auto.offset.reset", "none",
            "allow.auto.create.topics", "false",
            "enable.auto.commit", "false"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /** What is announced and not retired, by namespace, in the order of history. */
  Map<Namespace, List<Announcement>> announced() throws IOException {
    Map<AnnouncementKey, Announcement> runs = new LinkedHashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      for (ConsumerRecord<byte[], byte[]> each : readAll(consumer, topic + ".segments")) {
        AnnouncementKey key = AnnouncementKey.decode(each.key());
        if (each.value() == null) {
          runs.remove(key);
        } else {
          runs.put(key, AnnouncementJson.decode(each.value()));
        }
      }
    }
    Map<Namespace, List<Announcement>> announced = new TreeMap<>();
    runs.values().stream()
        .sorted(
            Comparator.comparingLong((Announcement run) -> Integer.toUnsignedLong(run.epoch()))
                .thenComparingLong(Announcement::startFrameNo))
        .forEach(
            run -> announced.computeIfAbsent(run.namespace(), n -> new ArrayList<>()).add(run));
    return announced;
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      consumer.poll(Duration.ofMillis(200)).forEach(all::add);
    }
    return all;
  }

  /** The segments that are in the topic of frames, by namespace, in the order of history. */
  Map<Namespace, List<Announcement>> found() throws IOException {
    Map<Namespace, List<Announcement>> found = new TreeMap<>();
    try (FrameTopic frames = new FrameTopic(consumer(), topic)) {
      TopicScan scan = new TopicScan(frames);
      scan.run((done, all) -> {});
      assertThat(scan.problems()).isEmpty();
      TopicIndex index = scan.index();
      for (Namespace namespace : index.namespaces()) {
        found.put(
            namespace,
            index.keys(namespace).stream()
                .map(key -> index.run(namespace, key).orElseThrow())
                .toList());
      }
    }
    return found;
  }

  /** Waits until what a reading of the topic finds leads to the databases as they are. */
  void awaitPublished(Pipeline pipeline, String... namespaces) {
    awaitRestored(pipeline, this::found, namespaces);
  }

  /** Waits until what is announced leads to the databases as they are. */
  void awaitAnnounced(Pipeline pipeline, String... namespaces) {
    awaitRestored(pipeline, this::announced, namespaces);
  }

  private void awaitRestored(
      Pipeline pipeline, Callable<Map<Namespace, List<Announcement>>> known, String... namespaces) {
    for (String namespace : namespaces) {
      Eventually.until(
          Pipeline.PATIENCE,
          namespace + " as it is can be had from " + topic,
          () -> {
            TopicIndex index = new TopicIndex();
            known.call().values().forEach(runs -> runs.forEach(index::add));
            PageImage primary = pipeline.oracle().pageImage(pipeline.database(namespace));
            return restored(pipeline, index, new Namespace(namespace)).equals(primary);
          });
    }
  }

  private PageImage restored(Pipeline pipeline, TopicIndex index, Namespace namespace)
      throws IOException {
    Path directory = Files.createTempDirectory(pipeline.databases().getParent(), "restored");
    Path file = directory.resolve("copy.db");
    try (FrameTopic frames = new FrameTopic(consumer(), topic)) {
      new DatabaseRestore(new StandardIo(), new KafkaSegmentStorage(frames, index))
          .toTime(namespace, Instant.now().plusSeconds(60), file);
    }
    return pipeline.oracle().pageImage(file);
  }

  /** Waits until all that is found is announced, from the newest base or an older one on. */
  void awaitComplete(Duration patience) {
    Eventually.until(
        patience,
        "all of " + topic + " is announced",
        () -> {
          try {
            assertComplete();
          } catch (AssertionError e) { // not yet
            throw new IllegalStateException(e);
          }
          return true;
        });
  }

  /** All that is found is announced, now. */
  void assertComplete() throws IOException {
    Map<Namespace, List<Announcement>> announced = announced();
    Map<Namespace, List<Announcement>> found = found();
    assertThat(announced.keySet()).isEqualTo(found.keySet());
    found.forEach((namespace, segments) -> compare(announced.get(namespace), segments));
  }

  /** Each run is exactly the segments from its start to its end; together they are all. */
  private static void compare(List<Announcement> runs, List<Announcement> segments) {
    assertThat(runs.get(0).snapshot()).as("%s begins with a base", runs).isTrue();
    Announcement first = runs.get(0);
    List<Announcement> rest =
        new ArrayList<>(
            segments.stream()
                .filter(s -> Integer.compareUnsigned(s.epoch(), first.epoch()) >= 0)
                .filter(s -> s.startFrameNo() >= first.startFrameNo())
                .toList());
    for (Announcement run : runs) {
      List<Announcement> within = new ArrayList<>();
      while (!rest.isEmpty()
          && rest.get(0).logId().equals(run.logId())
          && rest.get(0).endFrameNo() <= run.endFrameNo()) {
        within.add(rest.remove(0));
      }
      assertRunIs(run, within);
    }
    assertThat(rest).as("not announced").isEmpty();
  }

  private static void assertRunIs(Announcement run, List<Announcement> within) {
    assertThat(within).as("what %s consists of", run).isNotEmpty();
    Announcement first = within.get(0);
    Announcement last = within.get(within.size() - 1);
    RoaringBitmap pages = new RoaringBitmap();
    within.forEach(segment -> pages.or(segment.pages()));
    pages.remove(Integer.toUnsignedLong(last.sizeAfter()) + 1, 1L << 32);
    assertThat(run)
        .isEqualTo(
            new Announcement(
                first.namespace(),
                first.logId(),
                first.epoch(),
                first.startFrameNo(),
                last.endFrameNo(),
                last.sealedAtMs(),
                first.pageSize(),
                last.sizeAfter(),
                run.snapshot(),
                within.stream().mapToInt(Announcement::segments).sum(),
                within.stream().mapToLong(Announcement::records).sum(),
                first.partition(),
                first.parts(),
                first.firstOffset(),
                last.lastOffset(),
                last.databaseChecksum(),
                pages));
    if (run.snapshot()) {
      assertThat(within).singleElement().matches(Announcement::snapshot);
    }
  }

  Announcement newestBase(String namespace) throws IOException {
    List<Announcement> bases =
        announced().get(new Namespace(namespace)).stream().filter(Announcement::snapshot).toList();
    return bases.get(bases.size() - 1);
  }

  /** The settings of the topic of announcements. */
  Map<String, String> settings() throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic + ".segments");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      return admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
          .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
    }
  }

  /** Bytes between the first and the last offset that are still there, over all partitions. */
  long records() throws IOException {
    try (FrameTopic frames = new FrameTopic(consumer(), topic)) {
      Map<Integer, Long> beginnings = frames.beginnings();
      long records = 0;
      for (Map.Entry<Integer, Long> end : frames.ends().entrySet()) {
        records += end.getValue() - beginnings.get(end.getKey());
      }
      return records;
    }
  }
}

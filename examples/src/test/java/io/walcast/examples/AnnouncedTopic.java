package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.storage.SegmentFinder;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.storage.TopicStretch;
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
import java.util.concurrent.ExecutionException;
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

  private static final Comparator<Announcement> HISTORY =
      Comparator.comparingLong((Announcement run) -> Integer.toUnsignedLong(run.epoch()))
          .thenComparingLong(Announcement::startFrameNo);

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
        .sorted(HISTORY)
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

  /** The segments that are in the topic of frames, all copies, in the order of history. */
  Map<Namespace, List<Announcement>> found() throws IOException {
    Map<Namespace, List<Announcement>> found = new TreeMap<>();
    try (FrameTopic frames = new FrameTopic(consumer(), topic)) {
      Map<Integer, Long> ends = frames.ends();
      for (Map.Entry<Integer, Long> beginning : frames.beginnings().entrySet()) {
        int partition = beginning.getKey();
        SegmentFinder finder = new SegmentFinder(partition);
        TopicStretch stretch = frames.read(partition, beginning.getValue(), ends.get(partition));
        while (stretch.next()) {
          Namespace namespace = stretch.namespace().orElseThrow();
          if (stretch.isDeletion()) {
            found.remove(namespace);
            finder.brokenOff(namespace);
            continue;
          }
          finder
              .frame(namespace, stretch.offset(), stretch.timestampMs(), stretch.frame())
              .ifPresent(
                  segment -> found.computeIfAbsent(namespace, n -> new ArrayList<>()).add(segment));
        }
      }
    }
    found.values().forEach(segments -> segments.sort(HISTORY));
    return found;
  }

  /** Waits until what a reading of the topic finds leads to the databases as they are. */
  void awaitPublished(Pipeline pipeline, String... namespaces) {
    awaitRestored(pipeline, this::found, namespaces);
  }

  /** Waits until something is announced of so many namespaces. */
  void awaitNamespaces(int count) {
    Eventually.until(
        Pipeline.PATIENCE,
        count + " namespaces announced in " + topic,
        this::announcedNamespaces,
        n -> n >= count);
  }

  private int announcedNamespaces() throws IOException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      return admin.listTopics().names().get().contains(topic + ".segments")
          ? announced().size()
          : 0;
    } catch (InterruptedException | ExecutionException e) {
      throw new IOException("cannot list the topics", e);
    }
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
    Announcement first = runs.get(0);
    assertThat(first.snapshot()).as("%s begins with a base", runs).isTrue();
    List<Announcement> rest = new ArrayList<>(segments);
    rest.removeIf(segment -> HISTORY.compare(segment, first) < 0);
    for (Announcement run : runs) {
      List<Announcement> covered = new ArrayList<>();
      while (!rest.isEmpty()
          && rest.get(0).logId().equals(run.logId())
          && rest.get(0).endFrameNo() <= run.endFrameNo()) {
        covered.add(rest.remove(0));
      }
      long distinct = covered.stream().map(Announcement::startFrameNo).distinct().count();
      covered.removeIf(copy -> !isWithin(copy, run)); // what a restarted source published again
      assertThat(covered).as("one copy of each segment in %s", run).hasSize((int) distinct);
      assertRunIs(run, covered);
    }
    assertThat(rest).as("not announced").isEmpty();
  }

  private static boolean isWithin(Announcement segment, Announcement run) {
    return segment.partition() == run.partition()
        && segment.firstOffset() >= run.firstOffset()
        && segment.lastOffset() <= run.lastOffset();
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

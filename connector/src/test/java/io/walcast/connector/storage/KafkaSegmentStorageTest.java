package io.walcast.connector.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.storage.DatabaseRestore;
import io.walcast.storage.SegmentKey;
import io.walcast.testkit.EmbeddedBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What random sources publish to a real broker is restored as it was after each of its segments.
 */
class KafkaSegmentStorageTest {

  private static final int STEPS = 120;

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(brokerDirectory);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void everySegmentOfEverySourceCanBeRestored() throws Exception {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("KafkaSegmentStorageTest: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    List<PublishedHistory> histories = new ArrayList<>();
    try (TopicWriter topic = new TopicWriter(broker.bootstrapServers(), "random")) {
      for (String name : new String[] {"a", "a/b", "c"}) {
        histories.add(new PublishedHistory(new Namespace(name), topic, random));
      }
      for (int step = 0; step < STEPS; step++) {
        histories.get(random.nextInt(histories.size())).publishSomething();
      }
      topic.flush();
    }
    try (FrameTopic topic = topic("random")) {
      TopicScan scan = new TopicScan(topic);
      scan.run((done, all) -> {});
      assertThat(scan.problems())
          .hasSize(histories.stream().mapToInt(PublishedHistory::damaged).sum());
      KafkaSegmentStorage storage = new KafkaSegmentStorage(topic, scan.index());
      int states = 0;
      for (PublishedHistory history : histories) {
        assertThat(storage.list(history.namespace()).stream().map(SegmentKey::endFrameNo))
            .containsExactlyElementsOf(history.states().keySet());
        for (Map.Entry<Long, List<byte[]>> state : history.states().entrySet()) {
          states++;
          assertRestores(storage, history, state.getKey(), state.getValue());
        }
      }
      assertThat(states).isPositive();
    }
  }

  @Test
  void whatIsAnnouncedIsKnownWithoutReadingTheTopic() throws Exception {
    Random random = new Random(7);
    PublishedHistory history;
    try (TopicWriter topic = new TopicWriter(broker.bootstrapServers(), "told")) {
      history = new PublishedHistory(new Namespace("a"), topic, random);
      history.snapshot();
      history.changes();
      topic.flush();
    }
    try (FrameTopic topic = topic("told");
        AnnouncementIndex index =
            new AnnouncementIndex(consumer(), "told", AnnouncedRuns.all(1 << 20));
        AnnouncementIndex newest =
            new AnnouncementIndex(
                consumer(), "told", AnnouncedRuns.newestOf(partition -> true, 1 << 20));
        AnnouncementIndex small =
            new AnnouncementIndex(consumer(), "told", AnnouncedRuns.all(1000))) {
      assertThat(index.refresh()).as("there is no topic yet").isFalse();
      TopicScan scan = new TopicScan(topic);
      scan.run((done, all) -> {});
      try (TopicWriter writer = new TopicWriter(broker.bootstrapServers(), "told.segments")) {
        announce(writer, scan.index(), history.namespace());
        writer.flush();
        assertThat(index.refresh()).isTrue();
        assertThat(index.isComplete()).isTrue();
        KafkaSegmentStorage told = new KafkaSegmentStorage(topic, index.runs().index());
        KafkaSegmentStorage read = new KafkaSegmentStorage(topic, scan.index());
        assertThat(told.list(history.namespace())).isEqualTo(read.list(history.namespace()));
        for (Map.Entry<Long, List<byte[]>> state : history.states().entrySet()) {
          assertRestores(told, history, state.getKey(), state.getValue());
        }
        Announcement run = index.newest(history.namespace()).orElseThrow();
        writer.write("no key", AnnouncementJson.encode(run));
        writer.write(run.key().toString(), "{}".getBytes(StandardCharsets.UTF_8));
        writer.write(run.key().toString().replace("a ", "b "), AnnouncementJson.encode(run));
        writer.write("x".repeat(2000), null);
        writer.write(run.key().toString(), null);
        writer.flush();
        assertThat(index.refresh()).isTrue();
        assertThat(index.isComplete()).isFalse();
        assertThat(index.problems()).hasSize(4).allMatch(p -> p.startsWith("told.segments-0@"));
        assertThat(index.runs().of(history.namespace())).hasSize(1);
        assertThat(newest.refresh()).isTrue();
        assertThat(newest.newest(history.namespace()).orElseThrow().snapshot()).isTrue();
        assertThat(small.refresh()).isTrue();
        assertThat(small.runs().isIncomplete()).isTrue();
        assertThat(small.runs().namespaces()).isEmpty();
      }
    }
  }

  private static void announce(TopicWriter writer, TopicIndex index, Namespace namespace) {
    for (SegmentKey key : index.keys(namespace)) {
      Announcement run = index.run(namespace, key).orElseThrow();
      writer.write(run.key().toString(), AnnouncementJson.encode(run));
    }
  }

  private void assertRestores(
      KafkaSegmentStorage storage, PublishedHistory history, long frameNo, List<byte[]> pages)
      throws IOException {
    Path file = directory.resolve("restored.db");
    new DatabaseRestore(new StandardIo(), storage)
        .toFrame(history.namespace(), history.logId(), frameNo, file);
    byte[] restored = Files.readAllBytes(file);
    assertThat(restored).hasSize(pages.size() * PublishedHistory.PAGE_SIZE);
    for (int i = 0; i < pages.size(); i++) {
      assertThat(
              Arrays.copyOfRange(
                  restored, i * PublishedHistory.PAGE_SIZE, (i + 1) * PublishedHistory.PAGE_SIZE))
          .as("page %d of %s at frame %d", i + 1, history.namespace(), frameNo)
          .isEqualTo(pages.get(i));
    }
  }

  @Test
  void whatIsGoneFromTheTopicIsAnErrorThatNamesIt() throws Exception {
    PublishedHistory history;
    try (TopicWriter topic = new TopicWriter(broker.bootstrapServers(), "gone")) {
      history = new PublishedHistory(new Namespace("a"), topic, new Random(1));
      history.snapshot();
      history.changes();
      topic.flush();
    }
    try (FrameTopic topic = topic("gone")) {
      TopicScan scan = new TopicScan(topic);
      scan.run((done, all) -> {});
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        admin
            .deleteRecords(
                Map.of(
                    new TopicPartition("gone", 0),
                    RecordsToDelete.beforeOffset(topic.ends().get(0) - 1)))
            .all()
            .get();
      }
      KafkaSegmentStorage storage = new KafkaSegmentStorage(topic, scan.index());
      long newest = storage.durableFrameNo(history.namespace());
      Path file = directory.resolve("gone.db");
      assertThatThrownBy(
              () ->
                  new DatabaseRestore(new StandardIo(), storage)
                      .toFrame(history.namespace(), history.logId(), newest, file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("gone-0")
          .hasMessageContaining("offset");
      assertThat(file).doesNotExist();
      assertThat(directory).isEmptyDirectory();
    }
  }

  @Test
  void aTopicThatDoesNotExistIsNamed() {
    try (FrameTopic topic = topic("no-such-topic")) {
      assertThatThrownBy(() -> new TopicScan(topic).run((done, all) -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no-such-topic");
    }
  }

  private static FrameTopic topic(String name) {
    return new FrameTopic(consumer(), name);
  }

  private static Consumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "auto.offset.reset", "none",
            "allow.auto.create.topics", "false",
            "isolation.level", "read_committed"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}

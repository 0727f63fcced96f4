package io.walcast.connector.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.client.ConsumerSource;
import io.walcast.connector.sink.ReplicaView;
import io.walcast.connector.sink.SimulatedTask;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.roaringbitmap.RoaringBitmap;

/** What the simulation has found, step by step. How much comes at a time, dice say. */
class SteppedSinkTest {

  private static final TopicPartition PARTITION = new TopicPartition(Broker.FRAMES, 0);
  private static final int ROUNDS = 60;
  private static final int SEEDS = 20;

  @TempDir Path directory;

  private Dice dice;
  private Clock clock;
  private Broker broker;
  private Disk disk;
  private DiskLife life;
  private Captured primary;
  private ModelAnnouncer announcer;
  private WorkerTask worker; // null: none runs

  @BeforeEach
  void begin() {
    begin(1);
  }

  private void begin(long seed) {
    end();
    dice = new Dice(seed);
    clock = new Clock();
    clock.advanceMs(1_000_000);
    broker = new Broker(1);
    disk = new Disk(dice, clock);
    primary = new Captured("a", 0, dice, clock);
    announcer = new ModelAnnouncer(primary.namespace, 0, broker, clock, dice);
  }

  @AfterEach
  void end() {
    if (worker != null) {
      life.die();
      worker.close();
      worker.task().stop();
      worker = null;
    }
  }

  private void start(long from, Map<String, String> extra) {
    end();
    Map<String, String> properties = new HashMap<>();
    properties.put("name", "stepped");
    properties.put("replicas.directory", directory.resolve("replicas").toString());
    properties.put("replicas.protect", "false");
    properties.put("sync.min.bytes", "0");
    properties.putAll(extra);
    life = disk.newLife();
    ConsumerSource consumers =
        new ConsumerSource() {
          @Override
          public Optional<String> problem() {
            return Optional.empty();
          }

          @Override
          public Consumer<byte[], byte[]> openConsumer(String clientId) {
            return new SimulatedConsumer(broker, dice, () -> true);
          }
        };
    worker =
        new WorkerTask(new SimulatedTask(properties, life, consumers, dice::below), broker, dice);
    worker.open(List.of(PARTITION), partition -> from);
  }

  private void round() {
    clock.advanceMs(1_000);
    worker.poll();
    if (worker.task().maySync()) {
      worker.task().sync();
    }
    if (worker.task().mayFold()) {
      worker.task().fold();
    }
  }

  private void rounds() {
    for (int i = 0; i < ROUNDS; i++) {
      round();
    }
  }

  private long committed() {
    return worker.preCommit().containsKey(PARTITION)
        ? worker.preCommit().get(PARTITION).offset()
        : -1;
  }

  private ReplicaView status() {
    return worker.task().replicas().stream()
        .filter(replica -> replica.getNamespace().equals("a"))
        .findFirst()
        .orElseThrow();
  }

  /** All records of what the primary seals now. */
  private static List<byte[]> sealed(Captured of) throws InvalidFrameException {
    List<byte[]> records = new ArrayList<>();
    do {
      of.seal();
      while (of.isSending()) {
        records.add(of.next());
      }
    } while (of.maySeal());
    return records;
  }

  private void publish(List<byte[]> records) throws InvalidFrameException {
    for (byte[] record : records) {
      long offset = broker.frames(0).append(clock.nowMs(), "a", record);
      announcer.published(offset, clock.nowMs(), record);
    }
  }

  /** The records of segments, of which the last has so many at least. */
  private List<byte[]> changes(int leastRecords) throws InvalidFrameException {
    List<byte[]> records = new ArrayList<>();
    int last = 0;
    while (last < leastRecords) {
      primary.commit();
      primary.commit();
      List<byte[]> more = sealed(primary);
      records.addAll(more);
      last = more.size();
    }
    return records;
  }

  private void assertFollows() {
    assertThat(status().getState()).isEqualTo("FOLLOWING");
    assertThat(status().getAppliedFrame()).isEqualTo(primary.newest().frameNo());
    assertThat(committed()).isEqualTo(broker.frames(0).end());
    Path database = directory.resolve("replicas/a.db");
    assertThat(primary.newest().holds(ReplicaReader.pages(disk, database, true))).isTrue();
  }

  @Test
  void aGapOfANamespaceThatIsNotAnnouncedDoesNotHoldThePartition() throws Exception {
    sealed(primary); // which nobody gets
    primary.commit();
    publish(sealed(primary));
    start(0, Map.of());
    rounds();
    assertThat(status().getState()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(committed()).isEqualTo(broker.frames(0).end());
    primary.askForSnapshot();
    publish(sealed(primary));
    rounds();
    assertFollows();
  }

  @Test
  void aDeletionEndsWhatIsArrivingEvenWhereItIsNotEnabled() throws Exception {
    publish(sealed(primary));
    List<byte[]> begun = changes(2);
    publish(begun.subList(0, begun.size() - 1));
    broker.frames(0).append(clock.nowMs(), "a", null);
    start(0, Map.of());
    rounds();
    assertThat(status().getState()).isEqualTo("FOLLOWING");
    assertThat(committed()).isEqualTo(broker.frames(0).end());
  }

  @Test
  void aCopyThatWasCutOffIsNotTakenForTheOneThatFollowsIt() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      begin(seed);
      publish(sealed(primary));
      List<byte[]> change = changes(4);
      int cut = change.size() - 2;
      int begins = change.size() - 1;
      while (!FrameRecord.decode(change.get(begins)).place().first()) {
        begins--;
      }
      Captured other = new Captured("other", 0, dice, clock);
      append("other", sealed(other));
      publish(change.subList(0, cut));
      other.commit();
      other.restart(); // its next epoch has to wait, and comes again with all that follows
      append("other", sealed(other));
      publish(change.subList(cut, cut + 1));
      publish(change.subList(begins, begins + 1));
      start(0, Map.of());
      rounds();
      assertThat(status().getState()).isEqualTo("FOLLOWING");
      publish(change.subList(begins + 1, change.size()));
      rounds();
      assertFollows();
    }
  }

  @Test
  void aRunWithASegmentThatWasSentTwiceIsRead() throws Exception {
    int twice = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      begin(seed);
      publish(sealed(primary));
      announcer.announce();
      for (int i = 0; i < 4; i++) {
        List<byte[]> change = changes(1);
        publish(change);
        byte[] last = change.get(change.size() - 1);
        if (FrameRecord.decode(last).place().first()) {
          append("a", List.of(last)); // a producer that retried
          twice++;
        }
        announcer.announce();
      }
      start(broker.frames(0).end(), Map.of());
      rounds();
      assertFollows();
      assertThat(status().getAppliedSegments()).as("by one sync").isOne();
    }
    assertThat(twice).isPositive();
  }

  private void append(String namespace, List<byte[]> records) {
    records.forEach(value -> broker.frames(0).append(clock.nowMs(), namespace, value));
  }

  @Test
  void whatWasFetchedBeforeASeekBeginsNoSegment() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      begin(seed);
      Captured gone = new Captured("gone", 0, dice, clock);
      append("gone", sealed(gone));
      broker.frames(0).append(clock.nowMs(), "gone", null);
      clock.advanceMs(60_000);
      publish(sealed(primary));
      announcer.announce();
      start(0, Map.of("delete.enabled", "true"));
      rounds();
      assertFollows();
    }
  }

  @Test
  void aPauseDoesNotWaitForWhatItHoldsBack() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      begin(seed);
      publish(sealed(primary));
      publish(changes(1));
      publish(changes(3));
      start(0, Map.of("buffer.max.bytes", "1"));
      rounds();
      assertFollows();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOldDeletionDeletesNothingThatCameLater(boolean announced) throws Exception {
    publish(sealed(primary));
    primary.delete();
    broker.frames(0).append(clock.nowMs(), "a", null);
    announcer.deleted();
    primary.beBorn();
    publish(sealed(primary));
    if (announced) {
      announcer.announce();
      broker.announcements().append(clock.nowMs(), "nonsense", new byte[1]); // so all is read
    }
    start(announced ? broker.frames(0).end() : 0, Map.of("delete.enabled", "true"));
    rounds();
    assertFollows();
    start(0, Map.of("delete.enabled", "true"));
    for (int i = 0; i < ROUNDS; i++) {
      round();
      assertThat(disk.exists(directory.resolve("replicas/a.db"))).isTrue();
    }
    assertFollows();
  }

  @Test
  void aRunWithARecordThatWasSentTwiceIsReadAll() throws Exception {
    publish(sealed(primary));
    List<byte[]> records = new ArrayList<>(changes(3));
    records.add(records.size() - 1, records.get(records.size() - 2));
    publish(records);
    Announcement run = announcer.lastBefore(broker.frames(0).end());
    TopicIndex index = new TopicIndex();
    index.add(run);
    Namespace namespace = primary.namespace;
    try (FrameTopic topic =
            new FrameTopic(new SimulatedConsumer(broker, dice, () -> true), Broker.FRAMES);
        FrameCursor frames =
            new KafkaSegmentStorage(topic, index)
                .fetch(namespace, index.keys(namespace).get(0), run.pages())) {
      RoaringBitmap found = new RoaringBitmap();
      while (frames.next()) {
        assertThat(found.checkedAdd(frames.pageNo())).isTrue();
      }
      assertThat(found).isEqualTo(run.pages());
    }
  }
}

package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

class SegmentPublisherTest {

  private static final Namespace SHOP = new Namespace("eu/shop");
  private static final Namespace BANK = new Namespace("bank");

  @TempDir Path directory;

  private final AtomicLong clockNs = new AtomicLong();
  private final AtomicInteger durableCalls = new AtomicInteger();
  private final List<Publication> published = new ArrayList<>();
  private long offset = 100;
  private final List<Long> durable = new ArrayList<>();
  private TestSegments segments;
  private SegmentPublisher publisher;

  @BeforeEach
  void publisher() {
    segments = new TestSegments(new StandardIo(), directory);
    publisher = publisher(Map.of());
  }

  @AfterEach
  void close() {
    publisher.shutdown();
    segments.close();
  }

  @Test
  void publishesEachPageOnceInOrderInItsNewestVersion() throws Exception {
    SealedSegment before = segments.seal(SHOP, 512, 9, 1);
    SealedSegment segment = segments.seal(SHOP, 512, 9, 5, 2, 5, 1, 2);
    assertThat(before.lastFrameNo()).isEqualTo(1);
    store(SHOP, segment);

    List<SourceRecord> records = publisher.take(Duration.ZERO);

    assertThat(records).hasSize(3);
    long[] frameNos = {5, 6, 4};
    for (int i = 0; i < 3; i++) {
      FrameRecord frame = FrameRecord.decode((byte[]) records.get(i).value());
      boolean last = i == 2;
      int pageNo = new int[] {1, 2, 5}[i];
      assertThat(frame)
          .isEqualTo(
              new FrameRecord(
                  FramePlace.of(i, 3),
                  SegmentKind.CHANGES,
                  512,
                  pageNo,
                  2,
                  6,
                  frameNos[i],
                  TestSegments.LOG,
                  TestSegments.EPOCH,
                  last ? 9 : 0,
                  0,
                  TestSegments.page(512, pageNo, (int) frameNos[i] - 2)));
    }
  }

  @Test
  void recordsCarryKeyTimeAndSourceOffset() throws Exception {
    segments.seal(SHOP, 512, 2, 1);
    SealedSegment segment = segments.seal(SHOP, 512, 2, 1, 2);
    store(SHOP, segment);

    List<SourceRecord> records = publisher.take(Duration.ZERO);

    for (SourceRecord each : records) {
      assertThat((byte[]) each.key()).isEqualTo("eu/shop".getBytes(StandardCharsets.UTF_8));
      assertThat(each.topic()).isEqualTo("walcast");
      assertThat(each.kafkaPartition()).isNull();
      assertThat(each.timestamp()).isEqualTo(segment.sealedAt().toEpochMilli());
      assertThat(each.sourcePartition()).isEqualTo(Map.of("namespace", "eu/shop"));
    }
    assertThat(records.get(0).sourceOffset())
        .isEqualTo(Map.of("frame", 1L, "log", TestSegments.LOG.toString(), "epoch", 7L));
    assertThat(records.get(1).sourceOffset())
        .isEqualTo(Map.of("frame", 3L, "log", TestSegments.LOG.toString(), "epoch", 7L));
  }

  @Test
  void itIsToldWhereADurableSegmentIs() throws Exception {
    SealedSegment segment = segments.seal(SHOP, 512, 9, 5, 2, 5, 1);
    store(SHOP, segment);
    publisher.take(Duration.ZERO).forEach(this::acknowledge);

    Announcement run = published.get(0).published().orElseThrow().run();
    assertThat(run.pages()).isEqualTo(RoaringBitmap.bitmapOf(1, 2, 5));
    assertThat(run)
        .isEqualTo(
            new Announcement(
                SHOP,
                TestSegments.LOG,
                TestSegments.EPOCH,
                1,
                4,
                segment.sealedAt().toEpochMilli(),
                512,
                9,
                false,
                1,
                3,
                3,
                List.of(),
                100,
                102,
                0,
                run.pages()));
  }

  @Test
  void aSegmentInTwoPartitionsOrWithoutOffsetsHasNoPlace() throws Exception {
    store(SHOP, segments.seal(SHOP, 512, 9, 5, 2));
    store(SHOP, segments.seal(SHOP, 512, 9, 5));
    List<SourceRecord> records = publisher.take(Duration.ZERO);
    acknowledge(records.get(0), 3, 7);
    acknowledge(records.get(1), 4, 7);
    acknowledge(records.get(2), 3, -1);

    assertThat(published).hasSize(2).allMatch(each -> each.published().isEmpty());
  }

  @Test
  void aSegmentWithEveryPageIsASnapshot() throws Exception {
    store(SHOP, segments.seal(SHOP, 512, 3, 1, 2, 3));
    store(SHOP, segments.seal(SHOP, 512, 3, 1, 3));

    assertThat(frames(publisher.take(Duration.ZERO)))
        .extracting(FrameRecord::snapshot)
        .containsExactly(true, true, true, false, false);
  }

  @Test
  void pagesBeyondTheNewEndAreLeftOut() throws Exception {
    store(SHOP, segments.seal(SHOP, 512, 4, 7, 1, 4, 8, 2));

    List<FrameRecord> frames = frames(publisher.take(Duration.ZERO));
    assertThat(frames).extracting(FrameRecord::pageNo).containsExactly(1, 2, 4);
    assertThat(frames).extracting(FrameRecord::last).containsExactly(false, false, true);
    assertThat(frames.get(2).sizeAfter()).isEqualTo(4);
  }

  @Test
  void theLockBytePageIsLeftOutEvenAtTheEnd() throws Exception {
    int lockPage = FrameRecord.lockBytePageNo(65_536);
    store(SHOP, segments.seal(SHOP, 65_536, lockPage + 1, 1, lockPage, lockPage + 1));
    store(SHOP, segments.seal(SHOP, 65_536, lockPage + 1, lockPage - 1, lockPage));

    List<FrameRecord> frames = frames(publisher.take(Duration.ZERO));
    assertThat(frames)
        .extracting(FrameRecord::pageNo)
        .containsExactly(1, lockPage + 1, lockPage - 1);
    assertThat(frames).extracting(FrameRecord::last).containsExactly(false, true, true);
  }

  @Test
  void aBatchIsBoundedByFramesAndBytes() throws Exception {
    int[] pages = IntStream.rangeClosed(1, 100).toArray();
    publisher = publisher(Map.of("poll.max.frames", "30"));
    store(SHOP, segments.seal(SHOP, 512, 100, pages));
    assertThat(batchSizes()).containsExactly(30, 30, 30, 10);

    publisher = publisher(Map.of("poll.max.bytes", Integer.toString(10 * 580 + 579)));
    store(SHOP, segments.seal(SHOP, 512, 100, pages));
    assertThat(batchSizes()).containsOnly(10).hasSize(10);

    publisher = publisher(Map.of("poll.max.bytes", "1"));
    store(SHOP, segments.seal(SHOP, 512, 100, 1, 2, 3));
    assertThat(batchSizes()).containsExactly(1, 1, 1);
  }

  @Test
  void aSmallSegmentDoesNotWaitForALargeOneOfAnother() throws Exception {
    int[] pages = IntStream.rangeClosed(1, 3_000).toArray();
    store(SHOP, segments.seal(SHOP, 4_096, 3_000, pages));
    store(BANK, segments.seal(BANK, 4_096, 1, 1));

    List<SourceRecord> first = publisher.take(Duration.ZERO);

    assertThat(first)
        .anyMatch(each -> new String((byte[]) each.key(), StandardCharsets.UTF_8).equals("bank"));
    assertThat(first.size()).isLessThan(3_000);
  }

  @Test
  void segmentsOfANamespaceComeInOrder() throws Exception {
    publisher = publisher(Map.of("poll.max.frames", "7"));
    for (int i = 0; i < 20; i++) {
      store(SHOP, segments.seal(SHOP, 512, 9, 1, 2, 3));
      store(BANK, segments.seal(BANK, 512, 9, 4, 5));
    }
    List<SourceRecord> all = new ArrayList<>();
    List<SourceRecord> batch = publisher.take(Duration.ZERO);
    while (!batch.isEmpty()) {
      all.addAll(batch);
      batch = publisher.take(Duration.ZERO);
    }
    assertThat(all).hasSize(100);
    for (String name : new String[] {"eu/shop", "bank"}) {
      List<Long> ends = new ArrayList<>();
      for (SourceRecord each : all) {
        if (new String((byte[]) each.key(), StandardCharsets.UTF_8).equals(name)) {
          ends.add(FrameRecord.decode((byte[]) each.value()).segmentEndFrameNo());
        }
      }
      assertThat(ends).isSorted().hasSize(name.equals("bank") ? 40 : 60);
    }
  }

  @Test
  void durableIsTheEndOfTheOldestRunThatIsAcknowledgedInFull() throws Exception {
    store(SHOP, segments.seal(SHOP, 512, 9, 1, 2));
    store(SHOP, segments.seal(SHOP, 512, 9, 3));
    store(SHOP, segments.seal(SHOP, 512, 9, 4, 5));
    List<SourceRecord> records = publisher.take(Duration.ZERO);
    assertThat(publisher.status(SHOP)).isEqualTo(new PublishStatus(5, 0, 3, ""));

    acknowledge(records.get(2));
    acknowledge(records.get(0));
    assertThat(durable).isEmpty();
    assertThat(publisher.durableFrameNo(SHOP)).isZero();

    acknowledge(records.get(1));
    assertThat(durable).containsExactly(2L, 3L);
    assertThat(publisher.durableFrameNo(SHOP)).isEqualTo(3);
    assertThat(publisher.status(SHOP)).isEqualTo(new PublishStatus(5, 3, 1, ""));

    acknowledge(records.get(3));
    assertThat(durable).hasSize(2);
    acknowledge(records.get(4));
    assertThat(durable).containsExactly(2L, 3L, 5L);
    assertThat(durableCalls).hasPositiveValue();
    assertThat(publisher.durableFrameNo(BANK)).isZero();
  }

  @Test
  void theProducersThreadIsNeverTheLastToLetADeletedSegmentGo() throws Exception {
    SealedSegment segment = segments.seal(SHOP, 512, 9, 1);
    AtomicBoolean heldByThePublisher = new AtomicBoolean();
    publisher.store(
        SHOP,
        segment,
        frameNo -> { // as quick as a checkpointer can be
          delete(segment);
          heldByThePublisher.set(segment.retain());
        });

    publisher.take(Duration.ZERO).forEach(this::acknowledge);

    assertThat(heldByThePublisher).isFalse();
  }

  @Test
  void aSegmentThatIsOnlyHalfSentIsNotDurable() throws Exception {
    publisher = publisher(Map.of("poll.max.frames", "2"));
    store(SHOP, segments.seal(SHOP, 512, 9, 1, 2, 3));

    publisher.take(Duration.ZERO).forEach(this::acknowledge);
    assertThat(durable).isEmpty();
    publisher.take(Duration.ZERO).forEach(this::acknowledge);
    assertThat(durable).containsExactly(3L);
  }

  @Test
  void aLostFrameFailsTheTask() throws Exception {
    store(SHOP, segments.seal(SHOP, 512, 9, 1, 2));
    publisher.lost((FrameSourceRecord) publisher.take(Duration.ZERO).get(0));

    assertThatThrownBy(() -> publisher.take(Duration.ZERO))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("eu/shop")
        .hasMessageContaining("transformation");
  }

  @Test
  void aDamagedSegmentStopsItsNamespaceAloneAndIsTriedAgain() throws Exception {
    SealedSegment damaged = segments.seal(SHOP, 512, 9, 1, 2, 3);
    byte[] before = Files.readAllBytes(damaged.path());
    overwrite(damaged.path(), new byte[before.length / 2], before.length / 4);
    store(SHOP, damaged);
    store(BANK, segments.seal(BANK, 512, 9, 1));

    assertThat(keys(publisher.take(Duration.ZERO))).contains("bank");
    PublishStatus status = publisher.status(SHOP);
    assertThat(status.problem()).contains(damaged.path().toString());
    assertThat(status.segmentsWaiting()).isOne();
    assertThat(publisher.take(Duration.ZERO)).as("left alone").isEmpty();

    overwrite(damaged.path(), before, 0);
    assertThat(publisher.take(Duration.ZERO)).as("still left alone").isEmpty();
    clockNs.addAndGet(TimeUnit.SECONDS.toNanos(6));
    assertThat(keys(publisher.take(Duration.ZERO))).containsOnly("eu/shop");
    assertThat(publisher.status(SHOP).problem()).isEmpty();
    assertThat(publisher.status(SHOP).sentFrameNo()).isEqualTo(3);
  }

  @Test
  void readsOnWhenTheLogIsClosedMeanwhile() throws Exception {
    publisher = publisher(Map.of("poll.max.frames", "1"));
    store(SHOP, segments.seal(SHOP, 512, 9, 1, 2));
    publisher.take(Duration.ZERO);
    segments.closeLog(SHOP);

    assertThat(frames(publisher.take(Duration.ZERO))).extracting(FrameRecord::last).contains(true);
  }

  @Test
  void aSegmentThatWasClosedBeforeItCameIsLeftForTheNextOpening() throws Exception {
    SealedSegment segment = segments.seal(SHOP, 512, 9, 1);
    segments.closeLog(SHOP);
    store(SHOP, segment);
    assertThat(publisher.take(Duration.ZERO)).isEmpty();
  }

  @Test
  void aForgottenNamespaceIsNeitherSentNorTold() throws Exception {
    SealedSegment first = segments.seal(SHOP, 512, 2, 1);
    store(SHOP, first);
    store(BANK, segments.seal(BANK, 512, 2, 1));
    SourceRecord sent = publisher.take(Duration.ZERO).get(0);
    store(SHOP, segments.seal(SHOP, 512, 2, 2));

    publisher.forget(SHOP);
    publisher.forget(BANK);

    acknowledge(sent);
    assertThat(publisher.take(Duration.ZERO)).isEmpty();
    assertThat(durable).isEmpty();
    assertThat(publisher.status(SHOP)).isEqualTo(PublishStatus.NOTHING);
    store(SHOP, first); // its log is open again
    assertThat(publisher.take(Duration.ZERO)).hasSize(1);
  }

  @Test
  void afterShutdownNothingIsSentOrTold() throws Exception {
    store(SHOP, segments.seal(SHOP, 512, 9, 1));
    store(SHOP, segments.seal(SHOP, 512, 9, 2));
    SourceRecord sent = publisher.take(Duration.ZERO).get(0);
    publisher.shutdown();

    acknowledge(sent);
    store(SHOP, segments.seal(SHOP, 512, 9, 1));
    assertThat(publisher.take(Duration.ofDays(1))).isEmpty();
    assertThat(durable).isEmpty();
  }

  @Test
  void takeWaitsForASegment() throws Exception {
    FutureTask<List<SourceRecord>> taking =
        new FutureTask<>(() -> publisher.take(Duration.ofDays(1)));
    Thread thread = new Thread(taking);
    thread.start();
    while (!Set.of(Thread.State.TIMED_WAITING, Thread.State.TERMINATED)
        .contains(thread.getState())) {
      Thread.onSpinWait();
    }
    store(SHOP, segments.seal(SHOP, 512, 9, 1));
    assertThat(taking.get(20, TimeUnit.SECONDS)).hasSize(1);
  }

  private SegmentPublisher publisher(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("databases.directory", "/data");
    return new SegmentPublisher(
        new WalSourceConfig(all),
        clockNs::get,
        () -> Instant.ofEpochSecond(1_000_000),
        published::add,
        durableCalls::incrementAndGet);
  }

  private void store(Namespace namespace, SealedSegment segment) {
    publisher.store(namespace, segment, durable::add);
  }

  private void acknowledge(SourceRecord sourceRecord) {
    acknowledge(sourceRecord, 3, offset++);
  }

  private void acknowledge(SourceRecord sourceRecord, int partition, long at) {
    publisher.acknowledged(
        (FrameSourceRecord) sourceRecord,
        new RecordMetadata(new TopicPartition("frames", partition), at, 0, 0, 0, 0));
  }

  private static void delete(SealedSegment segment) {
    try {
      segment.delete();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Integer> batchSizes() throws InterruptedException {
    List<Integer> sizes = new ArrayList<>();
    int size = publisher.take(Duration.ZERO).size();
    while (size > 0) {
      sizes.add(size);
      size = publisher.take(Duration.ZERO).size();
    }
    return sizes;
  }

  private static List<FrameRecord> frames(List<SourceRecord> records) throws Exception {
    List<FrameRecord> frames = new ArrayList<>();
    for (SourceRecord each : records) {
      frames.add(FrameRecord.decode((byte[]) each.value()));
    }
    return frames;
  }

  private static List<String> keys(List<SourceRecord> records) {
    return records.stream()
        .map(each -> new String((byte[]) each.key(), StandardCharsets.UTF_8))
        .toList();
  }

  private static void overwrite(Path file, byte[] bytes, int position) throws Exception {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), position);
    }
  }
}

package io.walcast.connector.announcer;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class AnnouncerTest {

  private static final long RUN_MAX_BYTES = 1 << 20;
  private static final Namespace SHOP = Segments.SHOP;

  private final Segments segments = new Segments(1);
  private final List<Namespace> asked = new ArrayList<>();
  private long nanos;
  private boolean captured = true;
  private Announcer announcer = announcer(1.0, Duration.ZERO, Duration.ZERO);

  private Announcer announcer(double ratio, Duration interval, Duration retention) {
    AnnouncerOptions options =
        new AnnouncerOptions(
            "t",
            Duration.ofNanos(1),
            RUN_MAX_BYTES,
            ratio,
            interval,
            retention,
            false,
            Duration.ofMinutes(1));
    return new Announcer(options, () -> nanos, () -> segments.nowMs);
  }

  /** All of it is written and acknowledged at once. */
  private List<Object> drain() {
    List<Object> drained = new ArrayList<>();
    for (List<SourceRecord> due = due(); !due.isEmpty(); due = due()) {
      for (SourceRecord each : due) {
        assertThat(each.topic()).isEqualTo("t.segments");
        assertThat(each.sourcePartition()).isEqualTo(Map.of("announced", "shop"));
        drained.add(read(each));
        announcer.committed((AnnouncementRecord) each, true);
      }
    }
    return drained;
  }

  private List<SourceRecord> due() {
    nanos += 10;
    return announcer.due();
  }

  /** An announcement, or the key of one that is retired. */
  private static Object read(SourceRecord written) {
    try {
      AnnouncementKey key = AnnouncementKey.decode((byte[]) written.key());
      if (written.value() == null) {
        return key;
      }
      Announcement run = AnnouncementJson.decode((byte[]) written.value());
      assertThat(run.key()).isEqualTo(key);
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void begin(DurableFrame durable) {
    announcer.watch(SHOP, Optional.ofNullable(durable));
    assertThat(announcer.begin()).isEmpty();
  }

  private void askForSnapshots() {
    announcer.askForSnapshots(
        namespace -> {
          if (captured) {
            asked.add(namespace);
          }
          return captured;
        });
  }

  private Announcement publish(PublishedSegment segment) {
    announcer.published(segment);
    return segment.run();
  }

  private static DurableFrame endOf(Announcement run) {
    return new DurableFrame(run.logId(), run.epoch(), run.endFrameNo());
  }

  @Test
  void nothingIsAnnouncedBeforeItIsKnownWhatIsThen() {
    announcer.watch(SHOP, Optional.empty());
    Announcement base = publish(segments.snapshot());
    Announcement more = publish(segments.changes(3));
    assertThat(drain()).isEmpty();

    assertThat(announcer.begin()).isEmpty();
    assertThat(drain()).containsExactly(base, more);
  }

  @Test
  void whatIsPublishedAgainIsNotAnnouncedAgain() {
    PublishedSegment base = segments.snapshot();
    PublishedSegment more = segments.changes(3);
    announcer.know(base.run());
    announcer.know(more.run());
    begin(endOf(more.run()));
    publish(base);
    publish(more);
    assertThat(drain()).isEmpty();

    Announcement next = publish(segments.changes(4));
    assertThat(drain()).containsExactly(more.run().with(next));
  }

  @Test
  void noRunHoldsWhatWasPublishedTwice() {
    begin(null);
    Announcement base = publish(segments.snapshot());
    PublishedSegment first = segments.changes(3);
    publish(first);
    publish(new PublishedSegment(movedBy(first.run(), 3), SegmentKind.CHANGES)); // another copy
    segments.nextOffset += 3;
    publish(first); // the same copy, told again
    PublishedSegment second = segments.changes(4);
    publish(second);
    publish(second);
    Announcement third = publish(segments.changes(5));

    assertThat(drain()).containsExactly(base, first.run(), second.run().with(third));
  }

  private static Announcement movedBy(Announcement run, long offsets) {
    return new Announcement(
        run.namespace(),
        run.logId(),
        run.epoch(),
        run.startFrameNo(),
        run.endFrameNo(),
        run.sealedAtMs(),
        run.pageSize(),
        run.sizeAfter(),
        run.snapshot(),
        run.segments(),
        run.records(),
        run.partition(),
        run.parts(),
        run.firstOffset() + offsets,
        run.lastOffset() + offsets,
        run.databaseChecksum(),
        run.pages());
  }

  @Test
  void whatWasPublishedAndNotAnnouncedIsAGapToFill() {
    Announcement base = segments.snapshot().run();
    PublishedSegment missing = segments.changes(3);
    announcer.know(base);
    announcer.watch(SHOP, Optional.of(endOf(missing.run())));
    Announcement live = publish(segments.changes(4));

    Map<Namespace, MissingRuns.Gap> gaps = announcer.begin();
    assertThat(gaps).containsOnly(Map.entry(SHOP, new MissingRuns.Gap(base, endOf(missing.run()))));
    assertThat(drain()).isEmpty();

    announcer.found(missing);
    announcer.ready(SHOP, gaps.get(SHOP), false);
    assertThat(drain()).containsExactly(missing.run().with(live));
    askForSnapshots();
    assertThat(asked).isEmpty();
  }

  @Test
  void aGapThatCannotBeFilledNeedsASnapshot() {
    Announcement base = segments.snapshot().run();
    Announcement missing = segments.changes(3).run();
    announcer.know(base);
    announcer.watch(SHOP, Optional.of(endOf(missing)));
    announcer.ready(SHOP, announcer.begin().get(SHOP), true);
    Announcement live = publish(segments.changes(4));
    assertThat(drain()).containsExactly(live);

    captured = false;
    askForSnapshots();
    captured = true;
    askForSnapshots();
    askForSnapshots();
    assertThat(asked).as("once, when it can be taken").containsExactly(SHOP);

    Announcement next = publish(segments.snapshot());
    assertThat(drain()).containsExactly(next, base.key(), live.key());
    askForSnapshots();
    assertThat(asked).hasSize(1);
  }

  @Test
  void aLogThatBeginsAnewNeedsASnapshotToBeginWith() {
    begin(null);
    Announcement old = publish(segments.snapshot());
    Segments other = new Segments(2);
    Announcement base = publish(other.snapshot());
    assertThat(drain()).containsExactly(old, base, old.key());

    publish(segments.changes(3)); // the old one, late
    assertThat(drain()).isEmpty();
  }

  @Test
  void partsAreAnnouncedAsOneWhenTheLastIsThere() {
    begin(null);
    publish(segments.part(SegmentKind.FIRST_PART));
    askForSnapshots();
    publish(segments.part(SegmentKind.PART));
    assertThat(drain()).isEmpty();
    publish(segments.part(SegmentKind.LAST_PART));

    assertThat(drain())
        .singleElement()
        .isInstanceOfSatisfying(
            Announcement.class,
            base -> {
              assertThat(base.snapshot()).isTrue();
              assertThat(base.segments()).isEqualTo(3);
              assertThat(base.parts()).containsExactly(50L, 60L, 70L);
              assertThat(base.lastOffset()).isEqualTo(79);
              assertThat(base.sizeAfter()).isEqualTo(Segments.SIZE);
            });
    askForSnapshots();
    assertThat(asked).as("one was under way").isEmpty();
  }

  @Test
  void partsThatABrokenTaskPublishedAreJoinedWithThoseOfTheNext() {
    PublishedSegment first = segments.part(SegmentKind.FIRST_PART);
    announcer.watch(SHOP, Optional.of(endOf(first.run())));
    publish(segments.part(SegmentKind.LAST_PART));
    Map<Namespace, MissingRuns.Gap> gaps = announcer.begin();
    announcer.found(first);
    announcer.ready(SHOP, gaps.get(SHOP), false);

    assertThat(drain()).singleElement().isInstanceOf(Announcement.class);
  }

  @Test
  void whatIsStillToBeAnnouncedIsKnown() {
    announcer.watch(SHOP, Optional.empty());
    publish(segments.changes(3));
    assertThat(announcer.unannounced()).as("held").isEqualTo(Map.of(3, 50L));

    announcer.begin();
    assertThat(announcer.unannounced()).as("due").isEqualTo(Map.of(3, 50L));
    drain();
    assertThat(announcer.unannounced()).isEmpty();

    publish(segments.part(SegmentKind.FIRST_PART));
    publish(segments.part(SegmentKind.PART));
    assertThat(announcer.unannounced()).as("a first part").isEqualTo(Map.of(3, 53L));
    publish(segments.part(SegmentKind.LAST_PART));
    drain();
    assertThat(announcer.unannounced()).isEmpty();
  }

  @Test
  void aSnapshotIsDueWhenMoreThanTheDatabaseWasPublishedSince() {
    begin(null);
    publish(segments.snapshot());
    long databaseBytes = (long) Segments.SIZE * Segments.PAGE_SIZE;
    long bytes = 0;
    while (bytes < databaseBytes) {
      askForSnapshots();
      assertThat(asked).isEmpty();
      bytes += publish(segments.changes(100)).bytes();
    }
    askForSnapshots();
    assertThat(asked).containsExactly(SHOP);
    publish(segments.snapshot());
    askForSnapshots();
    assertThat(asked).hasSize(1);
  }

  @Test
  void aSnapshotIsDueWhenTheLastOneIsOldAndSomethingCameSince() {
    announcer = announcer(0, Duration.ofMillis(500), Duration.ZERO);
    begin(null);
    publish(segments.snapshot());
    segments.nowMs += 500;
    askForSnapshots();
    assertThat(asked).isEmpty();
    publish(segments.changes(3));
    askForSnapshots();
    assertThat(asked).containsExactly(SHOP);
  }

  @Test
  void aSnapshotRetiresWhatIsOlderThanTheHistoryWanted() {
    announcer = announcer(0, Duration.ZERO, Duration.ofMillis(1_000));
    begin(null);
    Announcement first = publish(segments.snapshot());
    Announcement changes = publish(segments.changes(3));
    drain();
    segments.nowMs += 600;
    Announcement second = publish(segments.snapshot());
    assertThat(drain()).as("a restore to 500 ms ago needs the first").containsExactly(second);

    segments.nowMs += 999;
    announcer.retire();
    assertThat(drain()).isEmpty();
    segments.nowMs += 1;
    announcer.retire();
    assertThat(drain()).containsExactly(first.key(), changes.key());
  }

  @Test
  void nothingIsRetiredBeforeTheNewBaseIsAnnounced() {
    begin(null);
    Announcement first = publish(segments.snapshot());
    drain();
    publish(segments.snapshot());
    SourceRecord base = due().get(0);
    assertThat(due()).isEmpty();
    announcer.committed((AnnouncementRecord) base, true);

    assertThat(due()).singleElement().satisfies(r -> assertThat(read(r)).isEqualTo(first.key()));
  }

  @Test
  void smallSegmentsThatHappenToHoldEveryPageMakeARun() {
    announcer =
        new Announcer(
            new AnnouncerOptions(
                "t",
                Duration.ofNanos(1),
                100L << 20,
                1.0,
                Duration.ZERO,
                Duration.ZERO,
                false,
                Duration.ofMinutes(1)),
            () -> nanos,
            () -> segments.nowMs);
    begin(null);
    Announcement base = publish(segments.snapshot());
    Announcement second = publish(segments.snapshot());
    Announcement third = publish(segments.snapshot());

    List<Object> announced = drain();
    assertThat(announced).hasSize(2).startsWith(base);
    Announcement run = (Announcement) announced.get(1);
    assertThat(run.snapshot()).isFalse();
    assertThat(run.segments()).isEqualTo(2);
    assertThat(run.startFrameNo()).isEqualTo(second.startFrameNo());
    assertThat(run.endFrameNo()).isEqualTo(third.endFrameNo());
  }

  @Test
  void allThatIsAnnouncedOfADeletedNamespaceIsRetiredAndItMayBeginAnew() {
    Announcement before = segments.snapshot().run();
    announcer.know(before);
    assertThat(announcer.retireAll(SHOP)).as("nothing has been read yet").isFalse();
    assertThat(announcer.begin()).isEmpty();
    Announcement more = publish(segments.changes(3));
    List<SourceRecord> onItsWay = due();
    Announcement last = publish(segments.changes(4));

    assertThat(announcer.retireAll(SHOP)).isFalse();
    List<SourceRecord> retired = due();
    assertThat(retired.stream().map(AnnouncerTest::read)).containsExactly(before.key());
    commit(retired);
    assertThat(announcer.retireAll(SHOP)).as("one is still on its way").isFalse();
    commit(onItsWay);
    assertThat(announcer.retireAll(SHOP)).as("which has to be retired, too").isFalse();
    assertThat(drain()).containsExactly(more.key());
    assertThat(announcer.retireAll(SHOP)).isTrue();
    assertThat(drain()).as("%s was never announced", last).isEmpty();
    assertThat(announcer.unannounced()).isEmpty();

    begin(null);
    Announcement base = publish(new Segments(2).snapshot());
    assertThat(drain()).containsExactly(base);
  }

  private void commit(List<SourceRecord> written) {
    written.forEach(each -> announcer.committed((AnnouncementRecord) each, true));
  }
}

package io.walcast.connector.announcer;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class RunBuilderTest {

  private static final long MAX_BYTES = 4 << 20;
  private static final long INTERVAL_NS = 1_000;

  private final RunBuilder builder = new RunBuilder(MAX_BYTES, INTERVAL_NS);
  private final Segments segments = new Segments(1);

  @Test
  void smallSegmentsGrowOneRunUnderOneKeyOncePerInterval() {
    Announcement first = segments.changes(1, 2).run();
    builder.add(first);
    assertThat(builder.due(0)).containsExactly(first);

    Announcement second = segments.changes(2, 7).run();
    Announcement third = segments.changes(9, 9).run();
    builder.add(second);
    assertThat(builder.due(INTERVAL_NS - 1)).isEmpty();
    builder.add(third);
    List<Announcement> due = builder.due(INTERVAL_NS);

    assertThat(due).containsExactly(first.with(second).with(third));
    assertThat(due.get(0).key()).isEqualTo(first.key());
    assertThat(due.get(0).segments()).isEqualTo(3);
    assertThat(due.get(0).pages()).isEqualTo(RoaringBitmap.bitmapOf(1, 2, 7, 9));
    assertThat(builder.due(2 * INTERVAL_NS)).isEmpty();
    assertThat(builder.isWaiting()).isFalse();
  }

  @Test
  void aSnapshotIsARunByItself() {
    Announcement before = segments.changes(1).run();
    Announcement snapshot = segments.snapshot().run();
    Announcement after = segments.changes(2).run();
    builder.add(before);
    builder.add(snapshot);
    builder.add(after);

    assertThat(builder.due(0)).containsExactly(before, snapshot, after);
  }

  @Test
  void aRunEndsBeforeItHasMoreThanItsBytes() {
    int records = (int) (MAX_BYTES / (68 + Segments.PAGE_SIZE));
    Announcement most = segments.changes(records).run();
    Announcement more = segments.changes(1).run();
    builder.add(most);
    builder.add(more);

    assertThat(builder.due(0)).containsExactly(most, more);
  }

  @Test
  void aRunEndsWhereOthersLieBetween() {
    Announcement first = segments.changes(400).run();
    segments.nextOffset += 900; // 400 + 900 + 100 are fewer than 4 times 500
    Announcement near = segments.changes(100).run();
    segments.nextOffset += 2_000;
    Announcement far = segments.changes(1).run();
    builder.add(first);
    builder.add(near);
    builder.add(far);

    assertThat(builder.due(0)).containsExactly(first.with(near), far);
  }

  @Test
  void aFewRecordsOfOthersDoNotEndASmallRun() {
    Announcement first = segments.changes(1).run();
    segments.nextOffset += 998;
    Announcement second = segments.changes(1).run();
    segments.nextOffset += 1;
    Announcement third = segments.changes(1).run();
    builder.add(first);
    builder.add(second);
    builder.add(third);

    assertThat(builder.due(0)).containsExactly(first.with(second), third);
  }

  @Test
  void aRunOfAnEarlierTaskGoesOnUnderItsKey() {
    Announcement before = segments.changes(1).run();
    Announcement next = segments.changes(2).run();
    builder.resume(before);
    assertThat(builder.isWaiting()).isFalse();
    builder.add(next);

    assertThat(builder.due(0)).containsExactly(before.with(next));
  }
}

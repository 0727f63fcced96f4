package io.walcast.connector.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.RecordSpans.Span;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.segment.Namespace;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.roaringbitmap.RoaringBitmap;

/** Where the records of pages around the lock-byte page are, of which there is none. */
class RecordSpansTest {

  private static final long FIRST_OFFSET = 1_000;

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void pagesBehindTheLockBytesAreFoundOneRecordEarlier(int pageSize) {
    int lock = Math.toIntExact(FrameRecord.lockBytePageNo(pageSize));
    RoaringBitmap pages = new RoaringBitmap();
    pages.add(1L, lock + 10L + 1);
    pages.remove(lock);
    for (List<Long> parts :
        List.of(List.<Long>of(), List.of(FIRST_OFFSET, FIRST_OFFSET + lock + 9))) {
      Announcement run = snapshot(pageSize, lock + 10, pages, parts);
      assertThat(RecordSpans.areKnown(run)).isTrue();
      assertThat(of(run, 1)).contains(at(0));
      assertThat(of(run, lock - 1)).contains(at(lock - 2));
      assertThat(of(run, lock + 1)).contains(at(lock - 1));
      assertThat(of(run, lock + 9)).contains(at(lock + 7));
    }
  }

  private static List<Span> of(Announcement run, int page) {
    return RecordSpans.of(run, RoaringBitmap.bitmapOf(page));
  }

  private static Span at(long record) {
    return new Span(FIRST_OFFSET + record, FIRST_OFFSET + record + 1);
  }

  /** In parts: the last has the last page, and one that was changed meanwhile. */
  private static Announcement snapshot(
      int pageSize, int sizePages, RoaringBitmap pages, List<Long> parts) {
    long records = pages.getLongCardinality() + (parts.isEmpty() ? 0 : 1);
    return new Announcement(
        new Namespace("a"),
        new UUID(1, 2),
        1,
        1,
        records,
        1,
        pageSize,
        sizePages,
        true,
        Math.max(1, parts.size()),
        records,
        0,
        parts,
        FIRST_OFFSET,
        FIRST_OFFSET + records - 1,
        0,
        pages);
  }
}

package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which stretches of offsets hold the wanted pages of a run whose records follow each other without
 * a gap, so that the place of each page is known: pages come in order. What nobody wants is left
 * out where that saves more than it costs. Stateless.
 */
final class RecordSpans {

  /** Not worth to seek for: a fetch brings about as much in any case. */
  private static final long GAP_BYTES = 256 << 10;

  /**
   * A stretch.
   *
   * @param from first offset
   * @param to offset after the last
   */
  record Span(long from, long to) {}

  private RecordSpans() {}

  /** Whether the place of each page of a run is known. */
  static boolean areKnown(Announcement run) {
    boolean dense = run.lastOffset() - run.firstOffset() + 1 == run.records();
    return dense
        && (run.parts().isEmpty()
            ? run.segments() == 1 && run.records() == run.pages().getLongCardinality()
            : run.snapshot());
  }

  /**
   * The stretches, in the order in which to read them. Of a snapshot in parts the last part comes
   * first, and whole: it has what changed while the others were taken, which nobody tells. The
   * others have all pages in order.
   */
  static List<Span> of(Announcement run, RoaringBitmap wanted) {
    List<Span> spans = new ArrayList<>();
    long end = Long.MAX_VALUE;
    if (!run.parts().isEmpty() && !wanted.isEmpty()) {
      end = run.parts().get(run.parts().size() - 1);
      spans.add(new Span(end, run.lastOffset() + 1));
    }
    long gap = Math.max(1, GAP_BYTES / (FrameRecord.HEADER_BYTES + run.pageSize()));
    PeekableIntIterator pages = wanted.getIntIterator();
    Span span = null;
    while (pages.hasNext()) {
      long offset = offsetOf(run, pages.next());
      if (offset >= end) {
        break; // it is in the last part
      }
      if (span != null && offset - span.to() < gap) {
        span = new Span(span.from(), offset + 1);
        spans.set(spans.size() - 1, span);
      } else {
        span = new Span(offset, offset + 1);
        spans.add(span);
      }
    }
    return spans;
  }

  private static long offsetOf(Announcement run, int page) {
    if (run.parts().isEmpty()) {
      return run.firstOffset() + run.pages().rankLong(page) - 1;
    }
    long pageNo = Integer.toUnsignedLong(page);
    boolean behindLockBytes = pageNo > FrameRecord.lockBytePageNo(run.pageSize());
    return run.firstOffset() + pageNo - (behindLockBytes ? 2 : 1);
  }

  /** Bytes of record values in them. */
  static long bytes(Announcement run, RoaringBitmap wanted) {
    long records = of(run, wanted).stream().mapToLong(span -> span.to() - span.from()).sum();
    return records * (FrameRecord.HEADER_BYTES + run.pageSize());
  }
}

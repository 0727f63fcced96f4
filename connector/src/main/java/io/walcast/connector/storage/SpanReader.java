package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.FrameCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The wanted pages of a run of one segment whose records follow each other without a gap, so that
 * the place of each page is known: pages come in order. Stretches that nobody wants are not read
 * where that saves more than it costs. For one thread.
 */
final class SpanReader implements FrameCursor {

  /** Not worth to seek for: a fetch brings about as much in any case. */
  private static final long GAP_BYTES = 2 << 20;

  private final FrameTopic topic;
  private final Announcement run;
  private final RoaringBitmap wanted; // and not handed on yet
  private final Deque<long[]> spans = new ArrayDeque<>();
  private TopicStretch stretch;
  private FrameRecord frame;

  private SpanReader(FrameTopic topic, Announcement run, RoaringBitmap wanted) {
    this.topic = topic;
    this.run = run;
    this.wanted = wanted;
  }

  /**
   * A reader of the run.
   *
   * @param wanted pages, all of them in the run
   */
  static SpanReader of(FrameTopic topic, Announcement run, RoaringBitmap wanted)
      throws IOException {
    SpanReader reader = new SpanReader(topic, run, wanted.clone());
    reader.findSpans();
    return reader;
  }

  /** Whether a run can be read like this. */
  static boolean suits(Announcement run) {
    return run.segments() == 1
        && run.parts().isEmpty()
        && run.records() == run.pages().getLongCardinality()
        && run.lastOffset() - run.firstOffset() + 1 == run.records();
  }

  /** Bytes of record values that reading these pages of such a run costs. */
  static long bytes(Announcement run, RoaringBitmap wanted) {
    SpanReader reader = new SpanReader(null, run, wanted);
    reader.findSpans();
    long records = reader.spans.stream().mapToLong(span -> span[1] - span[0]).sum();
    return records * (FrameRecord.HEADER_BYTES + run.pageSize());
  }

  private void findSpans() {
    long gap = Math.max(1, GAP_BYTES / (FrameRecord.HEADER_BYTES + run.pageSize()));
    PeekableIntIterator pages = wanted.getIntIterator();
    long[] span = null;
    while (pages.hasNext()) {
      long offset = run.firstOffset() + run.pages().rankLong(pages.next()) - 1;
      if (span != null && offset - span[1] < gap) {
        span[1] = offset + 1;
      } else {
        span = new long[] {offset, offset + 1};
        spans.add(span);
      }
    }
  }

  @Override
  public boolean next() throws IOException {
    while (true) {
      while (stretch != null && stretch.next()) {
        frame = checked();
        if (wanted.checkedRemove(frame.pageNo())) {
          return true;
        }
      }
      long[] span = spans.poll();
      if (span == null) {
        if (!wanted.isEmpty()) {
          throw new IOException(run + " has no page " + wanted.first() + ", which was announced");
        }
        return false;
      }
      stretch = topic.read(run.partition(), span[0], span[1]);
    }
  }

  private FrameRecord checked() throws IOException {
    boolean ours = stretch.namespace().filter(run.namespace()::equals).isPresent();
    if (!ours || stretch.isDeletion()) {
      throw new IOException(stretch.where() + ": not a frame of " + run);
    }
    try {
      FrameRecord found = stretch.frame();
      boolean placed =
          found.logId().equals(run.logId())
              && found.epoch() == run.epoch()
              && found.pageSize() == run.pageSize()
              && found.segmentStartFrameNo() == run.startFrameNo()
              && found.segmentEndFrameNo() == run.endFrameNo();
      if (!placed) {
        throw new IOException(stretch.where() + ": a frame of another segment within " + run);
      }
      return found;
    } catch (InvalidFrameException e) {
      throw new IOException(stretch.where() + " in " + run + ": " + e.getMessage(), e);
    }
  }

  @Override
  public long frameNo() {
    return frame.frameNo();
  }

  @Override
  public int pageNo() {
    return frame.pageNo();
  }

  @Override
  public ByteBuffer page() {
    return frame.page().duplicate();
  }

  @Override
  public void close() {
    // the consumer is the topic's
  }
}

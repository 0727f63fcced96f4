package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.RecordSpans.Span;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.FrameCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.roaringbitmap.RoaringBitmap;

/**
 * The wanted pages of a run of which it is known where each one is. Of the rest little is read. For
 * one thread.
 */
final class SpanReader implements FrameCursor {

  private final FrameTopic topic;
  private final Announcement run;
  private final RoaringBitmap wanted; // and not handed on yet
  private final Deque<Span> spans;
  private TopicStretch stretch;
  private FrameRecord frame;

  /**
   * A reader of a run whose {@link RecordSpans} are known.
   *
   * @param wanted pages, all of them in the run
   */
  SpanReader(FrameTopic topic, Announcement run, RoaringBitmap wanted) {
    this.topic = topic;
    this.run = run;
    this.wanted = wanted.clone();
    this.spans = new ArrayDeque<>(RecordSpans.of(run, wanted));
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
      Span span = spans.poll();
      if (span == null) {
        if (!wanted.isEmpty()) {
          throw new IOException(run + " has no page " + wanted.first() + ", which was announced");
        }
        return false;
      }
      stretch = topic.read(run.partition(), span.from(), span.to());
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
              && found.segmentStartFrameNo() >= run.startFrameNo()
              && found.segmentEndFrameNo() <= run.endFrameNo();
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

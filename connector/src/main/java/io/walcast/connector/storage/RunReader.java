package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.FrameCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.roaringbitmap.RoaringBitmap;

/**
 * The wanted pages of a run, each in its newest version. A segment is handed on as it comes out of
 * the topic, however large it is; so is a snapshot in parts, its last part first. Of several small
 * segments the pages are collected, because a later one may hold a page again. For one thread.
 */
final class RunReader implements FrameCursor {

  private final FrameTopic topic;
  private final Announcement run;
  private final RoaringBitmap wanted; // and not handed on yet
  private TopicStretch stretch;
  private Iterator<FrameRecord> collected; // null: handed on as they come
  private int partsToGo;
  private long segmentStart; // of the present stretch; 0 before its first frame
  private long lastPageNo; // of the present stretch
  private long records;
  private FrameRecord frame;

  RunReader(FrameTopic topic, Announcement run, RoaringBitmap wanted) throws IOException {
    this.topic = topic;
    this.run = run;
    this.wanted = wanted.clone();
    if (run.parts().isEmpty()) {
      stretch = topic.read(run.partition(), run.firstOffset(), run.lastOffset() + 1);
      if (run.segments() > 1) {
        collected = collect().values().iterator();
      }
    } else {
      partsToGo = run.parts().size();
      openPart();
    }
  }

  private void openPart() throws IOException {
    boolean last = partsToGo == run.parts().size();
    long to = last ? run.lastOffset() + 1 : run.parts().get(partsToGo);
    partsToGo--;
    segmentStart = 0;
    lastPageNo = 0;
    stretch = topic.read(run.partition(), run.parts().get(partsToGo), to);
  }

  private Map<Integer, FrameRecord> collect() throws IOException {
    SegmentFinder finder = new SegmentFinder(run.partition());
    Map<Integer, FrameRecord> pages = new TreeMap<>(Integer::compareUnsigned);
    Map<Integer, FrameRecord> segment = new TreeMap<>(Integer::compareUnsigned);
    int segments = 0;
    long upTo = 0;
    while (read()) {
      if (frame.place().first()) { // and what a restarted source sent in part is forgotten
        segment.clear();
      }
      if (wanted.contains(frame.pageNo())) {
        segment.put(frame.pageNo(), frame);
      }
      Optional<Announcement> whole =
          finder.frame(run.namespace(), stretch.offset(), stretch.timestampMs(), frame);
      if (whole.isPresent()) {
        if (whole.get().endFrameNo() > upTo) { // or a producer that retried has sent it twice
          upTo = whole.get().endFrameNo();
          segments++;
          records += whole.get().records();
          pages.putAll(segment);
        }
        segment.clear();
      }
    }
    checkWhole(segments);
    return pages;
  }

  @Override
  public boolean next() throws IOException {
    if (collected != null) {
      boolean more = collected.hasNext();
      frame = more ? collected.next() : null;
      return more;
    }
    while (true) {
      while (read()) {
        if (segmentStart == 0) {
          segmentStart = frame.segmentStartFrameNo();
        }
        // Neither an attempt at the next part, nor sent twice by a producer that retried.
        if (frame.segmentStartFrameNo() == segmentStart && pageNoOf(frame) > lastPageNo) {
          lastPageNo = pageNoOf(frame);
          records++;
          if (wanted.checkedRemove(frame.pageNo())) {
            return true;
          }
        }
      }
      if (partsToGo == 0) {
        checkWhole(run.segments());
        return false;
      }
      openPart();
    }
  }

  private static long pageNoOf(FrameRecord of) {
    return Integer.toUnsignedLong(of.pageNo());
  }

  private void checkWhole(int segments) throws IOException {
    if (segments != run.segments() || records != run.records()) {
      throw new IOException(
          run
              + " has "
              + segments
              + " whole segments of "
              + records
              + " records there, not "
              + run.segments()
              + " of "
              + run.records());
    }
  }

  /** Reads the next frame of the run in the present stretch. */
  private boolean read() throws IOException {
    while (stretch.next()) {
      if (stretch.namespace().filter(run.namespace()::equals).isPresent()) {
        frame = frameOfRun();
        return true;
      }
    }
    return false;
  }

  private FrameRecord frameOfRun() throws IOException {
    if (stretch.isDeletion()) {
      throw new IOException(stretch.where() + ": a deletion within " + run);
    }
    FrameRecord found;
    try {
      found = stretch.frame();
    } catch (InvalidFrameException e) {
      throw new IOException(stretch.where() + " in " + run + ": " + e.getMessage(), e);
    }
    if (!found.logId().equals(run.logId())
        || found.epoch() != run.epoch()
        || found.pageSize() != run.pageSize()
        || found.segmentStartFrameNo() < run.startFrameNo()
        || found.segmentEndFrameNo() > run.endFrameNo()) {
      throw new IOException(stretch.where() + ": a frame of another segment within " + run);
    }
    return found;
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

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
 * The wanted pages of a run, each in its newest version. A run of one segment is handed on as it
 * comes out of the topic, however large it is; of several small ones the pages are collected first,
 * because a later segment may hold a page again. For one thread.
 */
final class RunReader implements FrameCursor {

  private final Announcement run;
  private final RoaringBitmap wanted;
  private final TopicStretch stretch;
  private final SegmentFinder finder;
  private Iterator<FrameRecord> collected; // null: one segment, nothing is
  private int segments;
  private long records;
  private FrameRecord frame;

  RunReader(FrameTopic topic, Announcement run, RoaringBitmap wanted) throws IOException {
    this.run = run;
    this.wanted = wanted;
    this.stretch = topic.read(run.partition(), run.firstOffset(), run.lastOffset() + 1);
    this.finder = new SegmentFinder(run.partition());
    if (run.segments() > 1) {
      collected = collect().values().iterator();
    }
  }

  private Map<Integer, FrameRecord> collect() throws IOException {
    Map<Integer, FrameRecord> pages = new TreeMap<>(Integer::compareUnsigned);
    Map<Integer, FrameRecord> segment = new TreeMap<>(Integer::compareUnsigned);
    long begun = -1;
    while (read()) {
      if (frame.segmentStartFrameNo() != begun) { // or a part of what a restarted source sent again
        segment.clear();
        begun = frame.segmentStartFrameNo();
      }
      if (wanted.contains(frame.pageNo())) {
        segment.put(frame.pageNo(), frame);
      }
      if (frame.last()) {
        pages.putAll(segment);
        segment.clear();
      }
    }
    return pages;
  }

  @Override
  public boolean next() throws IOException {
    if (collected != null) {
      boolean more = collected.hasNext();
      frame = more ? collected.next() : null;
      return more;
    }
    while (read()) {
      if (wanted.contains(frame.pageNo())) {
        return true;
      }
    }
    return false;
  }

  /** Reads the next frame of the run; at its end it must have been what was announced. */
  private boolean read() throws IOException {
    while (stretch.next()) {
      if (stretch.namespace().filter(run.namespace()::equals).isPresent()) {
        frame = frameOfRun();
        Optional<Announcement> ended =
            finder.frame(run.namespace(), stretch.offset(), stretch.timestampMs(), frame);
        if (ended.isPresent()) {
          segments++;
          records += ended.get().records();
        }
        return true;
      }
    }
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

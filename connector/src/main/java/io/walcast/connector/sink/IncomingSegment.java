package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import org.apache.kafka.common.TopicPartition;
import org.roaringbitmap.RoaringBitmap;

/**
 * A segment whose frames are arriving, whatever becomes of it. Checks that the frames can be one
 * whole segment: the same identity, ascending pages, and for a snapshot every page.
 *
 * <p>A segment that begins again, because the source was restarted, begins with the same page. One
 * that goes back to a page that was left out arrives out of order, and what has been seen of it
 * cannot be trusted to be whole. Used by the task's thread only.
 */
final class IncomingSegment {

  private final SegmentId id;
  private final int firstPageNo;
  private final RoaringBitmap pageNos = new RoaringBitmap();
  private Verdict.Action action;
  private long lastPageNo;
  private long frames;

  IncomingSegment(SegmentId id, FrameRecord first, Verdict.Action action) {
    this.id = id;
    this.firstPageNo = first.pageNo();
    this.action = action;
  }

  SegmentId id() {
    return id;
  }

  /** The page that it began with. */
  int firstPageNo() {
    return firstPageNo;
  }

  /** Whether its frames go into the log. */
  boolean isApplied() {
    return action.isApplied();
  }

  /** Whether the replica has it. */
  boolean isKnown() {
    return action == Verdict.Action.SKIP;
  }

  /** Nothing more of it is applied; what is left of it is not taken for another segment. */
  void giveUp() {
    action = Verdict.Action.QUARANTINE;
  }

  /** Frames taken so far. */
  long frames() {
    return frames;
  }

  /** What a frame is to this segment. */
  enum Fit {
    /** It comes next. */
    NEXT,
    /** It was taken already: a producer that retries may send a batch twice. */
    REPEATED,
    /** It begins this segment again or is of another: this segment was cut off. */
    BEGINNING
  }

  /**
   * Says what a frame is to this segment.
   *
   * @throws InvalidFrameException if it belongs to what was taken, but was not there
   */
  Fit fit(TopicPartition partition, FrameRecord frame) throws InvalidFrameException {
    if (!id.isOf(partition, frame)) {
      return Fit.BEGINNING;
    }
    if (page(frame) > lastPageNo) {
      return Fit.NEXT;
    }
    if (frame.pageNo() == firstPageNo || !isApplied()) {
      return Fit.BEGINNING;
    }
    if (pageNos.contains(frame.pageNo())) {
      return Fit.REPEATED;
    }
    throw new InvalidFrameException("page " + page(frame) + " comes after page " + lastPageNo);
  }

  /**
   * Takes the next frame.
   *
   * @throws InvalidFrameException if it leaves a hole in a snapshot that is applied
   */
  void take(FrameRecord frame) throws InvalidFrameException {
    if (id.snapshot() && isApplied()) {
      long next = nextPageNo(lastPageNo);
      if (page(frame) != next) {
        throw new InvalidFrameException("it lacks page " + next);
      }
      long size = Integer.toUnsignedLong(frame.sizeAfter());
      if (frame.last() && nextPageNo(next) <= size) {
        throw new InvalidFrameException("it lacks pages " + nextPageNo(next) + ".." + size);
      }
    }
    lastPageNo = page(frame);
    pageNos.add(frame.pageNo());
    frames++;
  }

  private long nextPageNo(long pageNo) {
    return pageNo + 1 == FrameRecord.lockBytePageNo(id.pageSize()) ? pageNo + 2 : pageNo + 1;
  }

  private static long page(FrameRecord frame) {
    return Integer.toUnsignedLong(frame.pageNo());
  }
}

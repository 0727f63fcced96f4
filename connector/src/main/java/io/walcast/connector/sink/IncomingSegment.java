package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.connector.wire.SegmentKind;

/**
 * A segment whose frames are arriving, whatever becomes of it. Of one that is applied it makes sure
 * that every frame comes, once and in order: each says how many come before it and how many there
 * are. Of a snapshot in one segment it checks that no page is missing, too. Used by the task's
 * thread only.
 */
final class IncomingSegment {

  private final SegmentId id;
  private final long firstOffset;
  private final long allFrames; // if its first frame was seen
  private Verdict.Action action;
  private long lastPageNo;
  private long frames;

  IncomingSegment(SegmentId id, RecordOrigin origin, FrameRecord first, Verdict.Action action) {
    this.id = id;
    this.firstOffset = origin.offset();
    this.allFrames = first.last() ? 1 : Integer.toUnsignedLong(first.place().frames());
    this.action = action;
  }

  SegmentId id() {
    return id;
  }

  /** Whether its frames are taken. */
  boolean isApplied() {
    return action.isApplied();
  }

  /** Whether it is a part of a snapshot, of which others follow. */
  boolean isStaged() {
    return action == Verdict.Action.STAGE;
  }

  /** Whether the replica has it. */
  boolean isKnown() {
    return action == Verdict.Action.SKIP;
  }

  /** Nothing more of it is applied. */
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
    /**
     * It was taken already: a producer that retries may send a batch twice. Or it is of a copy that
     * was cut off before this one, and the partition is read again from the middle of that.
     */
    REPEATED,
    /** It begins this segment again or is of another: this segment was cut off. */
    BEGINNING
  }

  /**
   * Says what a frame is to this segment.
   *
   * @throws InvalidFrameException if one that should have come before it did not
   */
  Fit fit(RecordOrigin origin, FrameRecord frame) throws InvalidFrameException {
    if (!id.isOf(origin.partition(), frame) || (frame.place().first() && frames > 0)) {
      return Fit.BEGINNING;
    }
    if (!isApplied()) {
      return Fit.NEXT;
    }
    if (origin.offset() < firstOffset) {
      return Fit.REPEATED;
    }
    if (!frame.last() && Integer.toUnsignedLong(frame.place().frames()) != allFrames) {
      throw new InvalidFrameException(
          "it has " + allFrames + " frames, or " + frame.place().frames());
    }
    long before = frame.last() ? allFrames - 1 : Integer.toUnsignedLong(frame.place().before());
    if (before > frames) {
      throw new InvalidFrameException(
          "it lacks frames " + (frames + 1) + ".." + before + " of its " + allFrames);
    }
    return before == frames ? Fit.NEXT : Fit.REPEATED;
  }

  /**
   * Takes the next frame.
   *
   * @throws InvalidFrameException if it is out of order, or leaves a hole in a snapshot that is
   *     applied
   */
  void take(FrameRecord frame) throws InvalidFrameException {
    if (isApplied()) {
      check(frame);
    }
    lastPageNo = page(frame);
    frames++;
  }

  private void check(FrameRecord frame) throws InvalidFrameException {
    if (page(frame) <= lastPageNo) {
      throw new InvalidFrameException("page " + page(frame) + " comes after page " + lastPageNo);
    }
    if (id.kind() != SegmentKind.SNAPSHOT) {
      return;
    }
    long next = nextPageNo(lastPageNo);
    if (page(frame) != next) {
      throw new InvalidFrameException("it lacks page " + next);
    }
    long size = Integer.toUnsignedLong(frame.sizeAfter());
    if (frame.last() && nextPageNo(next) <= size) {
      throw new InvalidFrameException("it lacks pages " + nextPageNo(next) + ".." + size);
    }
  }

  private long nextPageNo(long pageNo) {
    return pageNo + 1 == FrameRecord.lockBytePageNo(id.pageSize()) ? pageNo + 2 : pageNo + 1;
  }

  private static long page(FrameRecord frame) {
    return Integer.toUnsignedLong(frame.pageNo());
  }
}

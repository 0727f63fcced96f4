package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Makes runs of the segments of one namespace, in their order. The newest run is open: it grows,
 * and is announced again under the same key, at most once in an interval. Used under one lock.
 */
final class RunBuilder {

  /** Records of others within a run are read with it, so they may be that many at most. */
  private static final int MOST_OFFSETS_PER_RECORD = 4;

  private static final long OFFSETS_NOT_WORTH_COUNTING = 1_000;

  private final long maxBytes;
  private final long intervalNs;
  private final Deque<Announcement> closed = new ArrayDeque<>(); // and not announced as they are
  private Announcement open; // null: there is none
  private boolean ended; // the open one does not grow any more
  private boolean changed; // the open one has not been announced as it is
  private boolean announced; // something has been, and this is when
  private long announcedAtNs;

  /**
   * Has no run.
   *
   * @param maxBytes of records; a segment that is larger by itself is a run by itself
   * @param intervalNs between announcements, in nanoseconds
   */
  RunBuilder(long maxBytes, long intervalNs) {
    this.maxBytes = maxBytes;
    this.intervalNs = intervalNs;
  }

  /** The newest run that is announced already may grow. */
  void resume(Announcement run) {
    open = run;
    ended = false;
    changed = false;
  }

  /** What comes next begins another run: something that no run may hold lies in between. */
  void endRun() {
    ended = true;
  }

  /** Takes the next segment. */
  void add(Announcement segment) {
    if (open != null && canTake(segment)) {
      open = open.with(segment);
    } else {
      if (changed) {
        closed.add(open);
      }
      open = segment;
      ended = false;
    }
    changed = true;
  }

  private boolean canTake(Announcement segment) {
    long records = open.records() + segment.records();
    long offsets = segment.lastOffset() - open.firstOffset() + 1;
    return !ended
        && open.isContinuedBy(segment)
        && open.bytes() + segment.bytes() <= maxBytes
        && offsets <= Math.max(OFFSETS_NOT_WORTH_COUNTING, MOST_OFFSETS_PER_RECORD * records);
  }

  /** Whether there is anything to announce, now or later. */
  boolean isWaiting() {
    return changed || !closed.isEmpty();
  }

  /** What is to be announced now, in order. It counts as announced. */
  List<Announcement> due(long nowNs) {
    if (!isWaiting() || (announced && nowNs - announcedAtNs < intervalNs)) {
      return List.of();
    }
    List<Announcement> due = new ArrayList<>(closed);
    closed.clear();
    if (changed) {
      due.add(open);
      changed = false;
    }
    announced = true;
    announcedAtNs = nowNs;
    return due;
  }

  /** Offset of the first record of what {@link #isWaiting}, per run. */
  List<Announcement> waiting() {
    List<Announcement> waiting = new ArrayList<>(closed);
    if (changed) {
      waiting.add(open);
    }
    return waiting;
  }
}

package io.walcast.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** What one database has been: the plain model that the real one is held against. */
final class History {

  private final List<DatabaseState> states = new ArrayList<>();
  private DatabaseState pending; // being committed, or of unknown outcome; null: none

  History(DatabaseState first) {
    states.add(first);
  }

  DatabaseState committed() {
    return states.get(states.size() - 1);
  }

  DatabaseState first() {
    return states.get(0);
  }

  /** A commit is about to be tried. */
  void attempt(DatabaseState next) {
    pending = next;
  }

  /** A commit has succeeded; returns whether that is news. */
  boolean confirm(DatabaseState attempted) {
    boolean news = pending != null && pending == attempted;
    if (news) {
      states.add(pending);
      pending = null;
    }
    return news;
  }

  /** A commit has failed, leaving nothing. */
  void refute(DatabaseState attempted) {
    if (pending == attempted) {
      pending = null;
    }
  }

  /** A commit being made becomes visible before the call returns. */
  void observe(long committedFrameNo) {
    if (pending != null && committedFrameNo == pending.frameNo()) {
      confirm(pending);
    }
  }

  boolean isPending() {
    return pending != null;
  }

  /** The state that ends at a frame; {@code null} if none does. */
  DatabaseState at(long frameNo) {
    for (int i = states.size() - 1; i >= 0; i--) {
      if (states.get(i).frameNo() == frameNo) {
        return states.get(i);
      }
    }
    return pending != null && pending.frameNo() == frameNo ? pending : null;
  }

  /** Where the last state ends that may have come to be up to a frame. */
  long perhapsUpTo(long frameNo) {
    boolean perhaps = pending != null && pending.frameNo() <= frameNo;
    return perhaps ? pending.frameNo() : upTo(frameNo).frameNo();
  }

  /** The last state that ends at a frame or before it. */
  DatabaseState upTo(long frameNo) {
    int i = states.size() - 1;
    while (i > 0 && states.get(i).frameNo() > frameNo) {
      i--;
    }
    return states.get(i);
  }

  /** What came after a frame has never been: a crash took it, or an unknown outcome is known. */
  void cutAfter(long frameNo) {
    if (pending != null && pending.frameNo() <= frameNo) {
      confirm(pending);
    }
    pending = null;
    states.removeIf(state -> state.frameNo() > frameNo);
  }

  /** Pages changed after one frame and up to another, without those beyond the size at the end. */
  NavigableSet<Integer> changedBetween(long after, long upTo) {
    NavigableSet<Integer> pages = new TreeSet<>();
    List<DatabaseState> all = new ArrayList<>(states);
    if (pending != null && pending.frameNo() == upTo) { // whoever asks has seen that it came to be
      all.add(pending);
    }
    for (DatabaseState state : all) {
      if (state.frameNo() > after && state.frameNo() <= upTo) {
        pages.addAll(state.changed());
        pages = new TreeSet<>(pages.headSet(state.sizePages(), true));
      }
    }
    return pages;
  }
}

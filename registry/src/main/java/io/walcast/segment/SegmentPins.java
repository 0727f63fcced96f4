package io.walcast.segment;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The readers whose snapshot ends inside one segment. They must not see anything newer in the
 * checkpoint target, so their segment and all after it stay out of it: pinning and being chosen for
 * a checkpoint exclude each other. Thread-safe.
 */
public final class SegmentPins {

  private static final int CHOSEN = -1;

  private final AtomicInteger state = new AtomicInteger();

  /** Pins the segment; {@code false} if it is chosen for a checkpoint. */
  public boolean pin() {
    int pins;
    do {
      pins = state.get();
      if (pins == CHOSEN) {
        return false;
      }
    } while (!state.compareAndSet(pins, pins + 1));
    return true;
  }

  /** Undoes one {@link #pin}; returns whether it was the last one. */
  public boolean unpin() {
    return state.decrementAndGet() == 0;
  }

  /** Chooses the segment for a checkpoint; {@code false} if a reader pins it. */
  public boolean choose() {
    return state.compareAndSet(0, CHOSEN);
  }

  /** Undoes {@link #choose} after a checkpoint that failed. */
  public void release() {
    state.compareAndSet(CHOSEN, 0);
  }
}

package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.sqlite.WalIndexHeader;

/**
 * When to look at a database again, so that an application that commits fast finds its WAL let go
 * as soon as it wants to reset it.
 *
 * <p>SQLite resets the WAL with the first commit after a checkpoint that has back-filled all of it.
 * If slot 4 is still held by then, that commit runs a checkpoint of its own, with two syncs, and so
 * does each one after it until the slot is free. Between the end of a checkpoint and the next
 * commit there may be ten microseconds: so where everything is captured and its back-filling is
 * under way, its end is waited for on the spot. That costs processor time, so no more than an
 * eighth of the time goes there.
 *
 * <p>Slot 4 is not let go any earlier, although slot 0 could be waited for in the system then: with
 * several writers, two checkpoints and a reset went by before it was had.
 *
 * <p>Used by one thread.
 */
final class LookPace {

  private static final int FAST_COMMITS = 2; // in one look
  private static final long BUSY_NS = 2_000_000;
  private static final long LONGEST_WAIT_NS = 2_000_000;
  private static final int SHARE = 8;

  private final Io io;
  private long busyUntilNs;
  private long creditNs = LONGEST_WAIT_NS;
  private long creditedNs;

  LookPace(Io io) {
    this.io = io;
    this.creditedNs = io.nanoTime();
    this.busyUntilNs = creditedNs;
  }

  /** A look found this many commits. */
  void captured(long commits) {
    if (commits >= FAST_COMMITS) {
      busyUntilNs = io.nanoTime() + BUSY_NS;
    }
  }

  /** Whether the next look should come soon. */
  boolean isBusy() {
    return io.nanoTime() - busyUntilNs < 0;
  }

  /** Waits for the end of the back-filling of what was captured, if it is under way. */
  void awaitBackfill(ReadSlots slots, WalIndexHeader captured) {
    if (!isBusy() || !slots.isBackfilling(captured)) {
      return;
    }
    long start = io.nanoTime();
    creditNs = Math.min(LONGEST_WAIT_NS, creditNs + (start - creditedNs) / SHARE);
    long now = start;
    while (now - start < creditNs && slots.isBackfilling(captured)) {
      Thread.onSpinWait();
      now = io.nanoTime();
    }
    creditNs -= now - start;
    creditedNs = now;
  }
}

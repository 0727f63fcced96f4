package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.sqlite.WalIndexHeader;

/**
 * When to look at a database again, so that an application that commits fast finds its WAL let go
 * as soon as it wants to reset it.
 *
 * <p>SQLite resets the WAL with the first commit after a checkpoint that has back-filled all of it.
 * If slot 4 is still held by then, the WAL goes on growing; {@link BackfillHold} says what that
 * costs. Between the end of a checkpoint and the next commit there may be ten microseconds: so
 * where everything is captured and its back-filling is under way, its end is waited for on the
 * spot, once half the time has gone by that the last one took. That costs processor time, so no
 * more than an eighth of the time goes there.
 *
 * <p>Slot 4 is not let go any earlier, although slot 0 could be waited for in the system then: with
 * several writers, two checkpoints and a reset went by before it was had.
 *
 * <p>Used by one thread.
 */
final class LookPace {

  private static final int FAST_COMMITS = 2; // in one look
  private static final long BUSY_NS = 2_000_000;
  private static final long MISSED_NS = 50_000_000;
  private static final long LONGEST_WAIT_NS = 10_000_000;
  private static final long LONGEST_BACKFILL_NS = 20_000_000;
  private static final int SHARE = 8;

  private final Io io;
  private long busyUntilNs;
  private long creditNs = LONGEST_WAIT_NS;
  private long creditedNs;
  private int backfilling; // the frame that it goes up to; 0: none is seen
  private long backfillSinceNs;
  private long backfillTookNs; // the last one

  LookPace(Io io) {
    this.io = io;
    this.creditedNs = io.nanoTime();
    this.busyUntilNs = creditedNs;
  }

  /** A look found this many commits. */
  void captured(long commits) {
    if (commits >= FAST_COMMITS) {
      busyFor(BUSY_NS);
    }
  }

  /** The WAL was not reset when it could have been. */
  void missed() {
    busyFor(MISSED_NS);
  }

  private void busyFor(long ns) {
    long until = io.nanoTime() + ns;
    if (until - busyUntilNs > 0) {
      busyUntilNs = until;
    }
  }

  /** Whether the next look should come soon. */
  boolean isBusy() {
    return io.nanoTime() - busyUntilNs < 0;
  }

  /** Waits for the end of the back-filling of what was captured, if it is under way. */
  void awaitBackfill(ReadSlots slots, WalIndexHeader captured) {
    long now = io.nanoTime();
    if (!slots.isBackfilling(captured)) {
      ended(now);
      return;
    }
    if (backfilling != captured.maxFrame()) {
      ended(now);
      backfilling = captured.maxFrame();
      backfillSinceNs = now;
    }
    if (isBusy() && now - backfillSinceNs >= backfillTookNs / 2) {
      spin(now, slots, captured);
    }
  }

  private void spin(long start, ReadSlots slots, WalIndexHeader captured) {
    creditNs = Math.min(LONGEST_WAIT_NS, creditNs + (start - creditedNs) / SHARE);
    long now = start;
    boolean goesOn = true;
    while (goesOn && now - start < creditNs) {
      Thread.onSpinWait();
      now = io.nanoTime();
      goesOn = slots.isBackfilling(captured);
    }
    creditNs -= now - start;
    creditedNs = now;
    if (!goesOn) {
      ended(now);
    }
  }

  private void ended(long now) {
    if (backfilling != 0) {
      backfilling = 0;
      backfillTookNs = Math.min(now - backfillSinceNs, LONGEST_BACKFILL_NS);
    }
  }
}

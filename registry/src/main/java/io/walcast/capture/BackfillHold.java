package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.sqlite.WalIndex;
import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;

/**
 * Decides when back-fill is held off, so that an application pays for checkpoints no more often
 * than without capture.
 *
 * <p>A WAL that is longer than the application's limit and was not reset after its checkpoint costs
 * each further commit a checkpoint of its own, with two syncs. While back-fill is held off these
 * checkpoints end at once, without a sync and without an error: so it is, from the checkpoint on
 * that may be followed by a missed reset, until there is enough to back-fill for one checkpoint to
 * be worth its syncs, and to take so long that the capture is there when it ends. Also while a
 * segment is sealed, when nobody could be there.
 *
 * <p>An application's own RESTART or TRUNCATE checkpoint waits meanwhile. It keeps writers out, so
 * it shows as quiet, which ends the holding off. Used by one thread.
 */
final class BackfillHold {

  static final int ENOUGH_FRAMES = 500;
  private static final long LONGEST_NS = 25_000_000;
  private static final long QUIET_NS = 3_000_000;

  private final ReadSlots slots;
  private final WalIndex index;
  private final Io io;
  private long sinceNs;
  private long newsNs;
  private int filledSeen;
  private int endedAt; // frames that were back-filled then: once is enough for each checkpoint
  private int endedAtStart; // and those whose back-filling had begun

  BackfillHold(ReadSlots slots, WalIndex index, Io io) {
    this.slots = slots;
    this.index = index;
    this.io = io;
  }

  /**
   * Begins or ends it, after a look at pending frames.
   *
   * @param news whether the look found commits
   */
  void steer(WalIndexHeader captured, boolean news) throws IOException {
    long now = io.nanoTime();
    if (news) {
      newsNs = now;
    }
    int started = index.backfillStarted();
    int filled = index.backfilled();
    int missing = captured.maxFrame() - filled;
    if (slots.isHeldOff()) {
      if (filled != filledSeen) { // the checkpoint under way has ended, too early for a reset
        filledSeen = filled;
        sinceNs = now;
      }
      boolean over = missing >= ENOUGH_FRAMES || now - newsNs >= QUIET_NS;
      if ((over && started <= filled) || now - sinceNs >= LONGEST_NS) {
        slots.endHoldOff();
        endedAt = filled;
        endedAtStart = started;
      }
    } else if (isDue(started, filled, missing) && slots.tryHoldOff()) {
      filledSeen = filled;
      sinceNs = now;
      newsNs = now;
    }
  }

  /** A checkpoint that is under way already is not kept from anything. */
  private boolean isDue(int started, int filled, int missing) {
    boolean underWay = started > filled && started != endedAtStart;
    boolean missed = filled > 0 && missing > 0 && filled != endedAt;
    return underWay || missed;
  }

  /** Begins it for a time in which nobody looks; the next {@link #steer} ends it. */
  void beginForOneLook() throws IOException {
    if (!slots.isHeldOff() && slots.tryHoldOff()) {
      sinceNs = io.nanoTime() - LONGEST_NS;
    }
  }

  /** Ends it, if it is under way. */
  void end() throws IOException {
    slots.endHoldOff();
  }
}

package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.sqlite.WalIndex;
import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;

/**
 * Steers when the application's WAL may be back-filled and reset, look by look: it is let go as
 * soon as all of it is captured and back-filled, and where that came too late, back-fill is held
 * off. Used by one thread.
 */
final class ResetSteering {

  private final ReadSlots slots;
  private final LookPace pace;
  private final BackfillHold backfill;

  ResetSteering(ReadSlots slots, WalIndex index, Io io) {
    this.slots = slots;
    this.pace = new LookPace(io);
    this.backfill = new BackfillHold(slots, index, io);
  }

  /** A look found this many commits. */
  void found(long commits) {
    pace.captured(commits);
  }

  /** Whether the next look should come within a fraction of a millisecond. */
  boolean isBusy() {
    return pace.isBusy();
  }

  /**
   * The end of a look while frames are pending.
   *
   * @param news whether the look found commits
   */
  void steer(WalIndexHeader captured, boolean news) throws IOException {
    pace.awaitBackfill(slots, captured);
    slots.tryIdle(captured);
    if (!slots.isIdle()) {
      backfill.steer(captured, news);
      if (slots.isHeldOff()) {
        pace.missed();
      }
    }
  }

  /**
   * Whether the application is not held up if the next look comes later than usual. Sees to it, if
   * it can.
   */
  boolean canBeLeft(WalIndexHeader captured) throws IOException {
    if (slots.isIdle() || !pace.isBusy()) {
      return true;
    }
    if (slots.isBackfilling(captured)) {
      return false;
    }
    backfill.beginForOneLook();
    return true;
  }

  /** Lets back-fill go on: it is not known when the next look comes. */
  void pause() throws IOException {
    backfill.end();
  }
}

package io.walcast.capture;

import io.walcast.io.Io;
import java.io.IOException;

/**
 * When a segment that is due is sealed: not while the application's checkpoint is under way, as
 * both sync, and the capture has to be there at its end. Used by one thread.
 */
final class SealTiming {

  private static final long LONGEST_PUT_OFF_NS = 20_000_000;

  private final Io io;
  private boolean putOff;
  private long putOffSinceNs;

  SealTiming(Io io) {
    this.io = io;
  }

  /**
   * Seals if it is due and the time is right.
   *
   * @param attached {@code null} if nobody has the database open
   */
  void sealIfDue(CaptureLog log, AttachedDatabase attached) throws IOException {
    if (!log.isSwapDue()) {
      putOff = false;
    } else if (attached == null || attached.canBeLeft() || isLate()) {
      putOff = false;
      log.swapIfDue();
    } else if (!putOff) {
      putOff = true;
      putOffSinceNs = io.nanoTime();
    }
  }

  private boolean isLate() {
    return putOff && io.nanoTime() - putOffSinceNs >= LONGEST_PUT_OFF_NS;
  }
}

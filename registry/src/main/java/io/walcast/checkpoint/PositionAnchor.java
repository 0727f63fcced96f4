package io.walcast.checkpoint;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Ties change counters to frame numbers: after the fold that ends at {@code frameNo} the database
 * has {@code counter}, and each further frame adds {@link #STRIDE}. SQLite adds one with each
 * commit of its own, so a foreign write leads to a counter that no frame has.
 *
 * <pre>
 *    0  u128  log id; 0: nothing has been applied to the database that has this counter
 *   16  u32   epoch
 *   20  u64   frame number
 *   28  u32   change counter
 * </pre>
 *
 * @param logId names one continuous history
 * @param epoch fencing token of the capturer, unsigned
 * @param frameNo last frame of the first fold counted from here
 * @param counter change counter that this fold gives the database
 */
record PositionAnchor(UUID logId, int epoch, long frameNo, int counter) {

  /** Length in bytes. */
  static final int LENGTH = 32;

  /** What one frame adds to the counter. */
  static final int STRIDE = 256;

  /** So many frames further a new anchor is due: half the counters, less one fold, are ahead. */
  static final long MAX_FRAMES = (1L << 30) / STRIDE;

  private static final UUID NO_LOG = new UUID(0, 0);

  /** Says that a database with this counter holds nothing of any log. */
  static PositionAnchor nothingAt(int counter) {
    return new PositionAnchor(NO_LOG, 0, 0, counter);
  }

  /** Whether this is the anchor of a database without any log. */
  boolean isNothing() {
    return logId.equals(NO_LOG);
  }

  /** The frame number that a counter stands for; empty if none does. */
  OptionalLong frameNoAt(int presentCounter) {
    int ahead = presentCounter - counter; // wraps as the counter does
    boolean fits = isNothing() ? ahead == 0 : ahead >= 0 && ahead % STRIDE == 0;
    fits &= frameNo >= 0 && frameNo <= Long.MAX_VALUE - ahead / STRIDE;
    return fits ? OptionalLong.of(frameNo + ahead / STRIDE) : OptionalLong.empty();
  }

  /** Whether a fold to this frame can be counted from here. */
  boolean covers(UUID log, int itsEpoch, long lastFrameNo) {
    return logId.equals(log)
        && epoch == itsEpoch
        && lastFrameNo >= frameNo
        && lastFrameNo - frameNo <= MAX_FRAMES;
  }

  /** The counter for a frame that this anchor {@linkplain #covers covers}. */
  int counterAt(long lastFrameNo) {
    return counter + (int) (lastFrameNo - frameNo) * STRIDE;
  }

  void encode(ByteBuffer out) {
    out.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    out.putInt(epoch).putLong(frameNo).putInt(counter);
  }

  static PositionAnchor decode(ByteBuffer in) {
    UUID logId = new UUID(in.getLong(), in.getLong());
    return new PositionAnchor(logId, in.getInt(), in.getLong(), in.getInt());
  }
}

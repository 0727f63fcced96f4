package io.walcast.connector.wire;

/**
 * Where a frame stands among those of its segment, as far as it says itself. The last one, whose
 * header is full, does not: it stands behind as many as all the others said.
 *
 * @param first whether it begins its segment
 * @param last whether it ends its segment, which is one transaction for the replica
 * @param before how many frames of the segment come before it, unsigned; 0 on the last
 * @param frames how many the segment has, at least 2, unsigned; 0 on the last
 */
public record FramePlace(boolean first, boolean last, int before, int frames) {

  /** The place of a frame of which this many of all come before. */
  public static FramePlace of(int before, int frames) {
    boolean last = before == frames - 1;
    return new FramePlace(before == 0, last, last ? 0 : before, last ? 0 : frames);
  }

  long inOneNumber() {
    return (long) before << 32 | Integer.toUnsignedLong(frames);
  }

  void check() throws InvalidFrameException {
    boolean possible =
        last
            ? before == 0 && frames == 0
            : first == (before == 0)
                && Integer.compareUnsigned(before, frames - 1) < 0
                && frames != 0;
    if (!possible) {
      throw new InvalidFrameException(
          "frame "
              + Integer.toUnsignedString(before)
              + " of "
              + Integer.toUnsignedString(frames)
              + " of its segment"
              + (first ? ", marked as its first" : ""));
    }
  }
}

package io.walcast.storage;

import io.walcast.segment.SealedSegment;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names one stored segment. The order of keys is that of history: epoch, start, end. So is the
 * order of their {@linkplain #toString printed} form, which is fit for a file name:
 *
 * <pre>
 *   epoch (10 digits) - start frame no (19) - end frame no (19) - sealed at (19, ms) - log id
 * </pre>
 *
 * @param logId names the log
 * @param epoch fencing token under which the segment was written, unsigned
 * @param startFrameNo one above the last frame of the segment before; at least 1
 * @param endFrameNo last committed frame, at least the start
 * @param sealedAt when it was sealed, in whole milliseconds since 1970
 */
public record SegmentKey(
    UUID logId, int epoch, long startFrameNo, long endFrameNo, Instant sealedAt)
    implements Comparable<SegmentKey> {

  private static final Pattern PRINTED =
      Pattern.compile(
          "([0-9]{10})-([0-9]{19})-([0-9]{19})-([0-9]{19})-"
              + "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})");

  private static final Comparator<SegmentKey> ORDER =
      Comparator.comparingLong((SegmentKey key) -> Integer.toUnsignedLong(key.epoch()))
          .thenComparingLong(SegmentKey::startFrameNo)
          .thenComparingLong(SegmentKey::endFrameNo)
          .thenComparing(SegmentKey::sealedAt)
          .thenComparing(SegmentKey::logId);

  /** Checks the fields. */
  public SegmentKey {
    if (!isPossible(startFrameNo, endFrameNo, sealedAt)) {
      throw new IllegalArgumentException(
          "impossible segment " + startFrameNo + ".." + endFrameNo + " sealed at " + sealedAt);
    }
  }

  private static boolean isPossible(long startFrameNo, long endFrameNo, Instant sealedAt) {
    return startFrameNo >= 1
        && endFrameNo >= startFrameNo
        && sealedAt.getEpochSecond() >= 0
        && sealedAt.getNano() % 1_000_000 == 0;
  }

  /** The key of a segment. */
  public static SegmentKey of(SealedSegment segment) {
    return new SegmentKey(
        segment.logId(),
        segment.epoch(),
        segment.startFrameNo(),
        segment.lastFrameNo(),
        segment.sealedAt());
  }

  /** Reads the printed form back; empty where it is anything else. */
  public static Optional<SegmentKey> parse(String printed) {
    Matcher parts = PRINTED.matcher(printed);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      long start = Long.parseLong(parts.group(2));
      long end = Long.parseLong(parts.group(3));
      Instant sealedAt = Instant.ofEpochMilli(Long.parseLong(parts.group(4)));
      return isPossible(start, end, sealedAt)
          ? Optional.of(
              new SegmentKey(
                  UUID.fromString(parts.group(5)),
                  Integer.parseUnsignedInt(parts.group(1)),
                  start,
                  end,
                  sealedAt))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty(); // more than the type holds
    }
  }

  /** Whether a frame number lies within. */
  public boolean covers(long frameNo) {
    return startFrameNo <= frameNo && frameNo <= endFrameNo;
  }

  @Override
  public int compareTo(SegmentKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%010d-%019d-%019d-%019d-%s",
        Integer.toUnsignedLong(epoch),
        startFrameNo,
        endFrameNo,
        sealedAt.toEpochMilli(),
        logId);
  }
}

package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.segment.Namespace;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the whole segments among the records of one partition, which are given in the order of
 * their offsets. What a restarted source sent in part, and then again, is left out the first time.
 * A snapshot in parts is found as one segment, when its last part is whole. For one thread.
 */
public final class SegmentFinder {

  private final int partition;
  private final Map<Namespace, OpenSegment> open = new HashMap<>();
  private final PartsJoiner joiner = new PartsJoiner();

  /** Has seen nothing yet. */
  public SegmentFinder(int partition) {
    this.partition = partition;
  }

  /**
   * Takes the next frame.
   *
   * @param timestampMs the record's, which is when the segment was sealed
   * @return the segment that it ends, if it does
   */
  public Optional<Announcement> frame(
      Namespace namespace, long offset, long timestampMs, FrameRecord frame) {
    return part(namespace, offset, timestampMs, frame)
        .flatMap(segment -> joiner.add(segment, frame.kind()));
  }

  /** As {@link #frame}, but every part of a snapshot by itself; not to be mixed with it. */
  public Optional<Announcement> part(
      Namespace namespace, long offset, long timestampMs, FrameRecord frame) {
    OpenSegment segment = open.get(namespace);
    if (segment == null || !segment.isContinuedBy(frame)) {
      if (segment != null && segment.isRepeatedBy(frame)) {
        return Optional.empty(); // a producer that retries may send a batch twice
      }
      open.remove(namespace);
      if (!frame.place().first()) {
        return Optional.empty(); // the rest of a segment whose beginning is not here
      }
      segment = new OpenSegment(frame, offset);
      open.put(namespace, segment);
    }
    segment.add(frame);
    if (!frame.last()) {
      return Optional.empty();
    }
    open.remove(namespace);
    return segment.isWhole()
        ? Optional.of(segment.ended(namespace, partition, offset, timestampMs, frame))
        : Optional.empty();
  }

  /** Something else came for a namespace: what has begun is not whole. */
  public void brokenOff(Namespace namespace) {
    open.remove(namespace);
    joiner.brokenOff(namespace);
  }
}

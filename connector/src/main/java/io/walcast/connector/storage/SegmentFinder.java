package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
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
  private final Map<Namespace, SnapshotParts> parts = new HashMap<>();

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
    if (!segment.isWhole()) {
      return Optional.empty();
    }
    return whole(segment.ended(namespace, partition, offset, timestampMs, frame), frame.kind());
  }

  private Optional<Announcement> whole(Announcement segment, SegmentKind kind) {
    Namespace namespace = segment.namespace();
    SnapshotParts before = parts.remove(namespace);
    if (kind.isEnd() && !kind.goesOn()) {
      return Optional.of(segment);
    }
    if (kind.goesOn() && (before == null || !before.isContinuedBy(segment))) {
      return Optional.empty(); // the part before it is not here
    }
    SnapshotParts now = kind.goesOn() ? before.with(segment) : SnapshotParts.of(segment);
    if (kind.isEnd()) {
      return Optional.of(now.whole());
    }
    parts.put(namespace, now);
    return Optional.empty();
  }

  /** Something else came for a namespace: what has begun is not whole. */
  public void brokenOff(Namespace namespace) {
    open.remove(namespace);
    parts.remove(namespace);
  }
}

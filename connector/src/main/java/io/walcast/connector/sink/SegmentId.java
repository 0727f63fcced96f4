package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * What all frames of one published segment have in common.
 *
 * @param partition the partition it arrives on
 * @param logId its log
 * @param epoch fencing token of its capturer; unsigned
 * @param pageSize in bytes
 * @param startFrameNo first frame number that it covers
 * @param endFrameNo last frame number that it covers
 * @param kind what it is
 */
record SegmentId(
    TopicPartition partition,
    UUID logId,
    int epoch,
    int pageSize,
    long startFrameNo,
    long endFrameNo,
    SegmentKind kind) {

  static SegmentId of(TopicPartition partition, FrameRecord frame) {
    return new SegmentId(
        partition,
        frame.logId(),
        frame.epoch(),
        frame.pageSize(),
        frame.segmentStartFrameNo(),
        frame.segmentEndFrameNo(),
        frame.kind());
  }

  /** The same, but for a frame, without making an object. */
  boolean isOf(TopicPartition framePartition, FrameRecord frame) {
    return startFrameNo == frame.segmentStartFrameNo()
        && endFrameNo == frame.segmentEndFrameNo()
        && epoch == frame.epoch()
        && pageSize == frame.pageSize()
        && kind == frame.kind()
        && logId.equals(frame.logId())
        && partition.equals(framePartition);
  }

  /** Whether it needs nothing of what the replica has: it is a snapshot, or a part of one. */
  boolean snapshot() {
    return kind.isSnapshot();
  }

  private String description() {
    return switch (kind) {
      case CHANGES -> "segment ";
      case SNAPSHOT -> "snapshot ";
      case FIRST_PART -> "first part of a snapshot ";
      case PART -> "part of a snapshot ";
      case LAST_PART -> "last part of a snapshot ";
    };
  }

  @Override
  public String toString() {
    return description()
        + startFrameNo
        + ".."
        + endFrameNo
        + " of log "
        + logId
        + " epoch "
        + Integer.toUnsignedString(epoch);
  }
}

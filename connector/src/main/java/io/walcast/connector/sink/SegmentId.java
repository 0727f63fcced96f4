package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
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
 * @param snapshot whether it holds every page
 */
record SegmentId(
    TopicPartition partition,
    UUID logId,
    int epoch,
    int pageSize,
    long startFrameNo,
    long endFrameNo,
    boolean snapshot) {

  static SegmentId of(TopicPartition partition, FrameRecord frame) {
    return new SegmentId(
        partition,
        frame.logId(),
        frame.epoch(),
        frame.pageSize(),
        frame.segmentStartFrameNo(),
        frame.segmentEndFrameNo(),
        frame.snapshot());
  }

  /** The same, but for a frame, without making an object. */
  boolean isOf(TopicPartition framePartition, FrameRecord frame) {
    return startFrameNo == frame.segmentStartFrameNo()
        && endFrameNo == frame.segmentEndFrameNo()
        && epoch == frame.epoch()
        && pageSize == frame.pageSize()
        && snapshot == frame.snapshot()
        && logId.equals(frame.logId())
        && partition.equals(framePartition);
  }

  @Override
  public String toString() {
    return (snapshot ? "snapshot " : "segment ")
        + startFrameNo
        + ".."
        + endFrameNo
        + " of log "
        + logId
        + " epoch "
        + Integer.toUnsignedString(epoch);
  }
}

package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.segment.Namespace;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds the whole segments among the records of one partition, which are given in the order of
 * their offsets. What a restarted source sent in part, and then again, is left out the first time.
 * For one thread.
 */
public final class SegmentFinder {

  private final int partition;
  private final Map<Namespace, Open> open = new HashMap<>();

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
    Open segment = open.get(namespace);
    if (segment == null || !segment.isContinuedBy(frame)) {
      if (segment != null && segment.isRepeatedBy(frame)) {
        return Optional.empty(); // a producer that retries may send a batch twice
      }
      segment = new Open(frame, offset);
      open.put(namespace, segment);
    }
    segment.add(frame);
    if (!frame.last()) {
      return Optional.empty();
    }
    open.remove(namespace);
    return Optional.of(segment.ended(namespace, partition, offset, timestampMs, frame));
  }

  /** Something else came for a namespace: what has begun is not whole. */
  public void brokenOff(Namespace namespace) {
    open.remove(namespace);
  }

  /** A segment of which the last frame has not come. */
  private static final class Open {

    private final UUID logId;
    private final int epoch;
    private final long start;
    private final long end;
    private final long firstOffset;
    private final RoaringBitmap pages = new RoaringBitmap();
    private long lastPageNo;
    private long records;

    Open(FrameRecord first, long offset) {
      logId = first.logId();
      epoch = first.epoch();
      start = first.segmentStartFrameNo();
      end = first.segmentEndFrameNo();
      firstOffset = offset;
    }

    private boolean isOf(FrameRecord frame) {
      return logId.equals(frame.logId())
          && epoch == frame.epoch()
          && start == frame.segmentStartFrameNo()
          && end == frame.segmentEndFrameNo();
    }

    boolean isContinuedBy(FrameRecord frame) {
      return isOf(frame) && Integer.toUnsignedLong(frame.pageNo()) > lastPageNo;
    }

    boolean isRepeatedBy(FrameRecord frame) {
      return isOf(frame) && pages.contains(frame.pageNo()) && frame.pageNo() != pages.first();
    }

    void add(FrameRecord frame) {
      lastPageNo = Integer.toUnsignedLong(frame.pageNo());
      pages.add(frame.pageNo());
      records++;
    }

    Announcement ended(
        Namespace namespace, int partition, long offset, long timestampMs, FrameRecord last) {
      pages.runOptimize();
      return new Announcement(
          namespace,
          logId,
          epoch,
          start,
          end,
          Math.max(0, timestampMs),
          last.pageSize(),
          last.sizeAfter(),
          last.snapshot(),
          1,
          records,
          partition,
          firstOffset,
          offset,
          last.databaseChecksum(),
          pages);
    }
  }
}

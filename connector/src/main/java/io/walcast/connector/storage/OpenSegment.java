package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.segment.Namespace;
import java.util.List;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/** A segment of which the last frame has not come yet. */
final class OpenSegment {

  private final UUID logId;
  private final int epoch;
  private final long start;
  private final long end;
  private final long firstOffset;
  private final long frames; // as its first frame says; a single one says nothing
  private final RoaringBitmap pages = new RoaringBitmap();
  private long lastPageNo;
  private long records;

  OpenSegment(FrameRecord first, long offset) {
    logId = first.logId();
    epoch = first.epoch();
    start = first.segmentStartFrameNo();
    end = first.segmentEndFrameNo();
    firstOffset = offset;
    frames = first.last() ? 1 : Integer.toUnsignedLong(first.place().frames());
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
    return isOf(frame) && pages.contains(frame.pageNo()) && !frame.place().first();
  }

  void add(FrameRecord frame) {
    lastPageNo = Integer.toUnsignedLong(frame.pageNo());
    pages.add(frame.pageNo());
    records++;
  }

  boolean isWhole() {
    return records == frames;
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
        List.of(),
        firstOffset,
        offset,
        last.databaseChecksum(),
        pages);
  }
}

package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.registry.SharedWal;
import io.walcast.segment.BufferPool;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The segments that storage has not taken yet, and the record of those that were dropped because
 * they were too many. Used by one thread.
 */
final class WaitingSegments {

  static final String DROPPED = ".dropped";

  private final Io io;
  private final Path segments;
  private final Path dropped;
  private final long mostBytes;

  WaitingSegments(Io io, Path stateDirectory, Path segments, long mostBytes) {
    this.io = io;
    this.segments = segments;
    this.dropped = stateDirectory.resolve(DROPPED);
    this.mostBytes = mostBytes;
  }

  /** Those of a log, newest first. */
  List<SealedSegment> of(SharedWal wal) {
    List<SealedSegment> waiting = new ArrayList<>(wal.sealedSegments());
    long durable = wal.durableFrameNo();
    waiting.removeIf(segment -> segment.lastFrameNo() <= durable);
    return waiting;
  }

  /** Whether more waits, behind the segment that is on its way, than may. */
  boolean areTooMany(SharedWal wal) {
    long bytes = wal.sizeBytes();
    long durable = wal.durableFrameNo();
    List<SealedSegment> sealed = wal.sealedSegments();
    for (int i = sealed.size() - 1; i >= 0; i--) {
      bytes -= sealed.get(i).sizeBytes();
      if (sealed.get(i).lastFrameNo() > durable) {
        return bytes > mostBytes;
      }
    }
    return false; // nothing is on its way: what there is goes next
  }

  /** What was dropped of a log and is not made up for yet. */
  Optional<DroppedSegments> dropped(UUID logId) throws IOException {
    return DroppedSegments.read(io, dropped).filter(d -> d.logId().equals(logId));
  }

  /** Notes that these will be dropped, of a log that ends with this frame. */
  void recordDropped(UUID logId, List<SealedSegment> all, long lastFrameNo) throws IOException {
    DroppedSegments before = dropped(logId).orElse(DroppedSegments.none(logId));
    before.and(all, lastFrameNo).write(io, dropped);
  }

  /** Deletes all after this one, in a log that is closed. */
  void deleteAfter(SealedSegment oldest) throws IOException {
    new SegmentDirectory(io, segments, new BufferPool(0), true).deleteAfter(oldest.startFrameNo());
  }

  /** What was dropped is made up for. */
  void forgetDropped() throws IOException {
    io.delete(dropped);
  }
}

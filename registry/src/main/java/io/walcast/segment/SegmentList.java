package io.walcast.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The tail of a log: its sealed segments that are not yet checkpointed, newest first. Immutable; a
 * swap and a checkpoint make a new one.
 *
 * <p>A segment of an old list may be folded into the checkpoint target, closed and deleted at any
 * time, and all older ones before it. Whoever reads it {@linkplain SealedSegment#retain retains}
 * it; where that fails, it and everything older is in the target.
 */
public final class SegmentList {

  private final List<SealedSegment> segments;

  private SegmentList(List<SealedSegment> segments) {
    this.segments = segments;
  }

  /**
   * A list of segments.
   *
   * @param newestFirst consecutive segments of one log
   */
  public static SegmentList of(List<SealedSegment> newestFirst) {
    return new SegmentList(List.copyOf(newestFirst));
  }

  /** This list with a segment before all others. */
  public SegmentList with(SealedSegment newest) {
    List<SealedSegment> more = new ArrayList<>(segments.size() + 1);
    more.add(newest);
    more.addAll(segments);
    return of(more);
  }

  /** This list without some segments. */
  public SegmentList without(Collection<SealedSegment> gone) {
    List<SealedSegment> rest = new ArrayList<>(segments);
    rest.removeAll(gone);
    return of(rest);
  }

  /** The segments, newest first. */
  public List<SealedSegment> segments() {
    return segments;
  }

  /** How many there are. */
  public int size() {
    return segments.size();
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return segments.isEmpty();
  }

  /** Checksum of the whole database after the newest segment; 0: not stated, or none is here. */
  public long databaseChecksum() {
    return segments.isEmpty() ? 0 : segments.get(0).databaseChecksum();
  }

  /** Bytes of all segments on disk. */
  public long sizeBytes() {
    long bytes = 0;
    for (SealedSegment segment : segments) {
      bytes += segment.sizeBytes();
    }
    return bytes;
  }

  /**
   * Reads the newest version of a page into {@code target}, which must have room for it.
   *
   * @return the number of its frame, or 0 if the page has to be read from the checkpoint target
   * @throws CorruptSegmentException if the frame is damaged
   */
  public long readPage(int pageNo, ByteBuffer target) throws IOException {
    for (SealedSegment segment : segments) {
      int i = segment.indexOf(pageNo);
      if (i >= 0) {
        return segment.retain() ? readRetained(segment, i, target) : 0;
      }
    }
    return 0;
  }

  private static long readRetained(SealedSegment segment, int i, ByteBuffer target)
      throws IOException {
    try {
      return segment.readPage(i, target);
    } finally {
      segment.release();
    }
  }

  /**
   * Chooses the longest run of segments that may be folded now, from the oldest on: durable, and
   * pinned by no reader. None of them can be pinned until the run is released.
   *
   * @param maxBytes where the run ends, unless its first segment alone is larger
   */
  public CheckpointRun chooseRun(long durableFrameNo, long maxBytes) {
    return CheckpointRun.choose(segments, durableFrameNo, maxBytes);
  }
}

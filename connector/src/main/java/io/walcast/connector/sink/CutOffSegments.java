package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the segments that were cut off by something else last. When frames of one come again
 * they may be its beginning, because its source starts over, or its rest, because two sources
 * publish at a time: a rest is not a whole segment. Used by the task's thread only.
 */
final class CutOffSegments {

  private static final int REMEMBERED = 16;

  private final Map<SegmentId, Integer> firstPageNos =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SegmentId, Integer> eldest) {
          return size() > REMEMBERED;
        }
      };

  void add(IncomingSegment segment) {
    firstPageNos.putIfAbsent(segment.id(), segment.firstPageNo());
  }

  /** Whether a frame cannot be the first one of its segment. */
  boolean isRest(SegmentId id, FrameRecord frame) {
    Integer first = firstPageNos.get(id);
    return id.snapshot() ? frame.pageNo() != 1 : first != null && frame.pageNo() != first;
  }
}

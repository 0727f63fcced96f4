package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/**
 * The parts of a snapshot up to one that is not the last, or up to the last. Immutable.
 *
 * @param parts in their order
 */
record SnapshotParts(List<Announcement> parts) {

  SnapshotParts {
    parts = List.copyOf(parts);
  }

  static SnapshotParts of(Announcement first) {
    return new SnapshotParts(List.of(first));
  }

  boolean isContinuedBy(Announcement next) {
    Announcement newest = parts.get(parts.size() - 1);
    return newest.logId().equals(next.logId())
        && newest.epoch() == next.epoch()
        && newest.pageSize() == next.pageSize()
        && newest.partition() == next.partition()
        && newest.endFrameNo() + 1 == next.startFrameNo();
  }

  SnapshotParts with(Announcement next) {
    List<Announcement> more = new ArrayList<>(parts);
    more.add(next);
    return new SnapshotParts(more);
  }

  /** All of them as one segment, if the newest is the last part. */
  Announcement whole() {
    Announcement first = parts.get(0);
    Announcement last = parts.get(parts.size() - 1);
    RoaringBitmap pages = new RoaringBitmap();
    long records = 0;
    for (Announcement part : parts) {
      pages.or(part.pages());
      records += part.records();
    }
    pages.remove(Integer.toUnsignedLong(last.sizeAfter()) + 1, 1L << 32);
    pages.runOptimize();
    return new Announcement(
        first.namespace(),
        first.logId(),
        first.epoch(),
        first.startFrameNo(),
        last.endFrameNo(),
        last.sealedAtMs(),
        first.pageSize(),
        last.sizeAfter(),
        true,
        parts.size(),
        records,
        first.partition(),
        parts.size() == 1 ? List.of() : parts.stream().map(Announcement::firstOffset).toList(),
        first.firstOffset(),
        last.lastOffset(),
        last.databaseChecksum(),
        pages);
  }
}

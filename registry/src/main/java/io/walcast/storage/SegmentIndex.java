package io.walcast.storage;

import io.walcast.segment.SealedSegment;
import org.roaringbitmap.RoaringBitmap;

/**
 * What a stored segment holds, without its pages.
 *
 * @param pages numbers of its pages, none above {@code sizeAfter}; not to be changed
 * @param pageSize page size in bytes
 * @param sizeAfter database size in pages after the segment
 * @param isBase whether it needs nothing before it: it holds every page, or begins with an empty
 *     database
 * @param databaseChecksum checksum of the whole database after the segment; 0: not stated
 */
public record SegmentIndex(
    RoaringBitmap pages, int pageSize, int sizeAfter, boolean isBase, long databaseChecksum) {

  /** The index of a segment. */
  public static SegmentIndex of(SealedSegment segment) {
    RoaringBitmap pages = new RoaringBitmap();
    for (int i = 0; i < segment.pageCount(); i++) {
      pages.add(segment.pageNo(i));
    }
    return new SegmentIndex(
        pages,
        segment.pageSize(),
        segment.sizeAfter(),
        segment.sizeBefore() == 0 || segment.isSnapshot(),
        segment.databaseChecksum());
  }
}

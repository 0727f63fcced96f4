package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import java.util.List;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/** Published segments of one namespace that follow each other, each given by its pages. */
final class Segments {

  static final Namespace SHOP = new Namespace("shop");
  static final int PAGE_SIZE = 4096;
  static final int SIZE = 1000; // of the database, in pages

  final UUID log;
  final int epoch;
  long nextFrame = 1;
  long nextOffset = 50;
  long nowMs = 1_000_000;

  Segments(int epoch) {
    this.epoch = epoch;
    log = new UUID(epoch, 1);
  }

  PublishedSegment changes(int... pages) {
    return segment(SegmentKind.CHANGES, RoaringBitmap.bitmapOf(pages));
  }

  PublishedSegment changes(int records) {
    return segment(SegmentKind.CHANGES, pages(records));
  }

  PublishedSegment snapshot() {
    return segment(SegmentKind.SNAPSHOT, pages(SIZE));
  }

  PublishedSegment part(SegmentKind kind) {
    return segment(kind, pages(10));
  }

  private static RoaringBitmap pages(int count) {
    RoaringBitmap pages = new RoaringBitmap();
    pages.add(1L, 1L + count);
    return pages;
  }

  PublishedSegment segment(SegmentKind kind, RoaringBitmap pages) {
    int records = pages.getCardinality();
    Announcement run =
        new Announcement(
            SHOP,
            log,
            epoch,
            nextFrame,
            nextFrame + records - 1,
            nowMs,
            PAGE_SIZE,
            kind.isEnd() ? SIZE : 0,
            kind.isSnapshot(),
            1,
            records,
            3,
            List.of(),
            nextOffset,
            nextOffset + records - 1,
            kind.isEnd() ? nextFrame : 0,
            pages);
    nextFrame += records;
    nextOffset += records;
    return new PublishedSegment(run, kind);
  }
}

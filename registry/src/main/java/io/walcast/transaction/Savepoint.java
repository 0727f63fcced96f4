package io.walcast.transaction;

import io.walcast.segment.SegmentAppender;

/**
 * A point inside a {@link WriteTransaction} that {@link WriteTransaction#rollbackTo} leads back to.
 */
public final class Savepoint {

  private final SegmentAppender.Mark mark;
  private final int sizePages;

  Savepoint(SegmentAppender.Mark mark, int sizePages) {
    this.mark = mark;
    this.sizePages = sizePages;
  }

  SegmentAppender.Mark mark() {
    return mark;
  }

  int sizePages() {
    return sizePages;
  }
}

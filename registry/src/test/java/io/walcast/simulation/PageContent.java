package io.walcast.simulation;

import java.nio.ByteBuffer;

/** Pages that follow from one number, so that the model need not keep them. */
final class PageContent {

  private static final long STEP = 0x9e3779b97f4a7c15L;

  private PageContent() {}

  static ByteBuffer of(int pageSize, long version) {
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    for (long word = version; page.hasRemaining(); word += STEP) {
      page.putLong(word);
    }
    return page.flip();
  }

  /** The number that a page follows from; fails on a page that follows from none. */
  static long version(ByteBuffer page, String where) {
    long version = page.getLong(page.position());
    long expected = version;
    for (int at = page.position(); at < page.limit(); at += Long.BYTES) {
      if (page.getLong(at) != expected) {
        throw new SimulationFailure(where + ": garbage at byte " + at + " of a page");
      }
      expected += STEP;
    }
    return version;
  }
}

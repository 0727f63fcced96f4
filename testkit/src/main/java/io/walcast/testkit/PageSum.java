package io.walcast.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The sum over the pages of a database: each page counts with all of its bytes, but for the
 * lock-byte page, which counts nothing. A page can be taken out again by its own term, so the sum
 * of every state of a long history is cheap to know. Stateless.
 */
public final class PageSum {
  private static final int LOCK_BYTE = 1 << 30;
  private static final long FACTOR = 0x9e3779b97f4a7c15L;

  private PageSum() {}

  /**
   * One page's term; the terms of a state are combined by exclusive or.
   *
   * @param page the bytes from position to limit, a multiple of eight
   */
  public static long of(int pageNo, ByteBuffer page) {
    if (pageNo == LOCK_BYTE / page.remaining() + 1) {
      return 0;
    }
    ByteBuffer in = page.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long sum = pageNo * FACTOR;
    while (in.hasRemaining()) {
      sum = (sum ^ in.getLong()) * FACTOR;
      sum ^= sum >>> 29;
    }
    return sum;
  }

  /** The sum of a whole database as SQLite serialises it. */
  static long ofDatabase(byte[] database, int pageSize) {
    long sum = 0;
    for (int at = 0; at < database.length; at += pageSize) {
      sum ^= of(at / pageSize + 1, ByteBuffer.wrap(database, at, pageSize));
    }
    return sum;
  }
}

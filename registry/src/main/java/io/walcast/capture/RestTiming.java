package io.walcast.capture;

import io.walcast.io.Io;

/** When the capture of a database that nobody writes to rests, and how often it looks then. */
final class RestTiming {

  private final Io io;
  private final long restAfterNs;
  private final long lookIntervalNs;
  private final int share; // not the same for all databases: they share one pass
  private long atFrameNo;
  private long quietSinceNs;

  /**
   * Of one database.
   *
   * @param hash of its namespace
   */
  RestTiming(Io io, CaptureOptions options, int hash) {
    this.io = io;
    this.restAfterNs = options.restAfter().toNanos();
    this.lookIntervalNs = options.restLookInterval().toNanos();
    this.share = hash & 0xff;
  }

  /** Whether nothing was committed for long enough, given the last frame that is committed now. */
  boolean isDue(long committedFrameNo) {
    if (committedFrameNo != atFrameNo) {
      boolean first = atFrameNo == 0; // what was there before: no reason to expect more
      quietSinceNs = io.nanoTime() - (first ? restAfterNs : 0);
      atFrameNo = committedFrameNo;
    }
    return io.nanoTime() - quietSinceNs >= restAfterNs;
  }

  /** When to look at the paths next, by {@link Io#nanoTime}. */
  long nextLookNs() {
    return io.nanoTime() + lookIntervalNs - share * (lookIntervalNs / 1024);
  }
}

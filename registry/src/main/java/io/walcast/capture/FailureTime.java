package io.walcast.capture;

import io.walcast.io.DiskFullException;
import io.walcast.io.Io;
import io.walcast.sqlite.DatabaseLockedException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** For how long looks have been failing, and what that means. Used by one thread. */
final class FailureTime {

  /** A last close, a change of journal mode or a deletion just going on is no refusal yet. */
  private static final long PASSING_NS = 1_000_000_000L;

  private static final long DETACH_AFTER_NS = 60_000_000_000L;

  private final Io io;
  private boolean failing;
  private long sinceNs;

  FailureTime(Io io) {
    this.io = io;
  }

  /** A look went well. */
  void over() {
    failing = false;
  }

  /** A look failed. */
  void failed() {
    if (!failing) {
      failing = true;
      sinceNs = io.nanoTime();
    }
  }

  /** Whether this failure may just pass. */
  boolean mayPass(IOException cause) {
    boolean passing =
        cause instanceof DatabaseLockedException || cause instanceof NoSuchFileException;
    return passing && io.nanoTime() - sinceNs < PASSING_NS;
  }

  /** Whether the application's WAL has to be let go. */
  boolean mustDetach(IOException cause) {
    return cause instanceof DiskFullException || io.nanoTime() - sinceNs > DETACH_AFTER_NS;
  }
}

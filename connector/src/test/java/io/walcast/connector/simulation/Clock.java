package io.walcast.connector.simulation;

/** Time, which goes on only when it is told to. For one thread. */
final class Clock {

  private static final long BEGAN_MS = 1_700_000_000_000L;

  private long nanos;

  void advanceMs(long ms) {
    nanos += ms * 1_000_000;
  }

  long nanoTime() {
    return nanos;
  }

  long nowMs() {
    return BEGAN_MS + nanos / 1_000_000;
  }
}

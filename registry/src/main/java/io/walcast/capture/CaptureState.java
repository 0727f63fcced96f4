package io.walcast.capture;

/** Where the capture of one database stands; {@link DatabaseCapture} has the transitions. */
public enum CaptureState {
  /** There is no database file, or one without content. */
  ABSENT,
  /** Nobody has the database open: it has no {@code -wal}. Captured as far as it goes. */
  CLOSED,
  /** Attached as a reader; commits are captured as they happen. */
  ATTACHED,
  /** Kafka has not taken what was captured, up to the limit: capture rests until it has. */
  WAITING,
  /** Cannot be captured now; the status says why. Tried again at a slow pace. */
  REFUSED
}

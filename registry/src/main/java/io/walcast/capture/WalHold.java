package io.walcast.capture;

/**
 * Whether the capture shares the lock on the database file. While it does, no connection can be the
 * last one to close, which would fold the WAL in and delete it; but the application cannot leave
 * WAL mode, and a copy of the database file alone may miss commits.
 *
 * <p>That is how SQLite 3.40 behaves. SQLite 3.54 looks at the attached byte (128) of the {@code
 * -shm} file too, which the capture always shares: there the WAL outlives the last close, and WAL
 * mode cannot be left, for as long as the capture is attached, whatever is chosen here.
 */
public enum WalHold {
  /** For as long as the capture runs. */
  ALWAYS,
  /** For a while after a last close was seen; longer each time one is seen. */
  AUTO,
  /** Only for the moment of attaching. */
  NEVER
}

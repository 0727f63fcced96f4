package io.walcast.sqlite;

import java.io.IOException;

/** Another connection holds a lock of the named database for longer than could be waited for. */
public final class DatabaseLockedException extends IOException {

  /** Names the database and the lock. */
  public DatabaseLockedException(String message) {
    super(message);
  }
}

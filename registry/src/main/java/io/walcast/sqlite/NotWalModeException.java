package io.walcast.sqlite;

import java.io.IOException;

/** The named SQLite database is not in WAL mode. */
public final class NotWalModeException extends IOException {

  /** Names the database. */
  public NotWalModeException(String message) {
    super(message);
  }
}

package io.walcast.sqlite;

import java.io.IOException;

/** The named file is not a SQLite 3 database. */
public final class NotADatabaseException extends IOException {

  /** Names the file and what is wrong with it. */
  public NotADatabaseException(String message) {
    super(message);
  }
}

package io.walcast.sqlite;

import java.io.IOException;

/** The wal-index, or the WAL behind it, is not one that SQLite writes for this database. */
public final class WalIndexCorruptException extends IOException {

  /** Says what is wrong. */
  public WalIndexCorruptException(String message) {
    super(message);
  }
}

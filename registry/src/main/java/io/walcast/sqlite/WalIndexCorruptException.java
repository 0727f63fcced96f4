package io.walcast.sqlite;

import java.io.IOException;

/** The wal-index holds something that no SQLite connection writes. */
public final class WalIndexCorruptException extends IOException {

  /** Says what is wrong. */
  public WalIndexCorruptException(String message) {
    super(message);
  }
}

package io.walcast.io;

import java.io.IOException;

/** Another part of this process owns the files of the named database. */
public final class FileOwnedException extends IOException {

  /** Names the database and its owner. */
  public FileOwnedException(String message) {
    super(message);
  }
}

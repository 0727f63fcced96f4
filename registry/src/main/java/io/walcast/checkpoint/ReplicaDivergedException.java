package io.walcast.checkpoint;

import java.io.IOException;

/**
 * The named database is not as Walcast left it: somebody else wrote to it, replaced it, or its
 * position file is gone. Only a snapshot makes it a replica again.
 */
public final class ReplicaDivergedException extends IOException {

  /** Names the file and what was found. */
  public ReplicaDivergedException(String message) {
    super(message);
  }

  /** Names the file and what was found. */
  public ReplicaDivergedException(String message, Throwable cause) {
    super(message, cause);
  }
}

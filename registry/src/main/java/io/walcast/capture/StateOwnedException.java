package io.walcast.capture;

import java.io.IOException;

/** Another process captures the same namespace into the same state directory. */
public final class StateOwnedException extends IOException {

  /** Names the lock file. */
  public StateOwnedException(String message) {
    super(message);
  }
}

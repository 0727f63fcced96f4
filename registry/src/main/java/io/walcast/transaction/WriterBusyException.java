package io.walcast.transaction;

import java.io.IOException;

/** The writer's place did not become free in time. */
public final class WriterBusyException extends IOException {

  /** Says who has the place. */
  WriterBusyException(String message) {
    super(message);
  }
}

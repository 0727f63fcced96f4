package io.walcast.connector.wire;

import java.io.IOException;

/**
 * A value that is not a frame, or a frame that must not be applied or published. The message says
 * what is wrong with which field; who knows topic, partition and offset adds them.
 */
public final class InvalidFrameException extends IOException {

  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public InvalidFrameException(String message) {
    super(message);
  }
}

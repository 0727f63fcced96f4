package io.walcast.connector.sink;

import java.io.IOException;

/** A namespace cannot be kept where its name leads; the message names the path and says why. */
final class RefusedPathException extends IOException {

  private static final long serialVersionUID = 1L;

  RefusedPathException(String message) {
    super(message);
  }
}

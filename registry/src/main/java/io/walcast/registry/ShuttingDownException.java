package io.walcast.registry;

import io.walcast.segment.Namespace;
import java.io.IOException;

/** The registry is shutting down and opens nothing any more. */
public final class ShuttingDownException extends IOException {

  /** Names the namespace that was asked for. */
  public ShuttingDownException(Namespace namespace) {
    super("cannot open " + namespace + ": the registry is shutting down");
  }
}

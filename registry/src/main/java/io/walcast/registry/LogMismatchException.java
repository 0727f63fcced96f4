package io.walcast.registry;

import io.walcast.segment.Namespace;
import java.io.IOException;

/** Two parts of a namespace do not belong to the same log, or not to the one that was asked for. */
public final class LogMismatchException extends IOException {

  /** Names the namespace and both sides. */
  public LogMismatchException(Namespace namespace, String what) {
    super(namespace + ": " + what);
  }
}

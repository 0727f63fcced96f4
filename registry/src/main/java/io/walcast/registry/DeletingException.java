package io.walcast.registry;

import io.walcast.segment.Namespace;
import java.io.IOException;

/** The namespace is being deleted. */
public final class DeletingException extends IOException {

  /** Names the namespace. */
  public DeletingException(Namespace namespace) {
    super("cannot open " + namespace + ": it is being deleted");
  }
}

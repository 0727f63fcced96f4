package io.walcast.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file was cut short by somebody else while it was mapped. */
public final class MappedFileCutException extends IOException {

  private static final long serialVersionUID = 1;

  /** Wraps what the JVM throws. */
  public MappedFileCutException(Path file, InternalError cause) {
    super(file + " was cut short while mapped", cause);
  }
}

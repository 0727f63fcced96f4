package io.walcast.segment;

import java.io.IOException;
import java.nio.file.Path;

/** A file stands where a segment is expected and is something else. */
public final class NotASegmentException extends IOException {

  /** Names the file; the offset is always that of the magic, 0. */
  public NotASegmentException(Path file) {
    super("not a segment: " + file + " has another magic at offset 0");
  }
}

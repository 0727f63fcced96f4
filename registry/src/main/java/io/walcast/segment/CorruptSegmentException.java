package io.walcast.segment;

import java.io.IOException;
import java.nio.file.Path;

/** A segment file holds something that its writer cannot have written there. */
public final class CorruptSegmentException extends IOException {

  /**
   * Names the place.
   *
   * @param file the segment
   * @param offset byte offset of what is wrong, or of the frame that holds it
   * @param what what is wrong
   */
  public CorruptSegmentException(Path file, long offset, String what) {
    super("corrupt segment " + file + " at offset " + offset + ": " + what);
  }
}

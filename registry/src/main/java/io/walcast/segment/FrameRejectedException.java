package io.walcast.segment;

import java.io.IOException;
import java.nio.file.Path;

/** A frame or commit that cannot belong to this log; nothing of it was written. */
public final class FrameRejectedException extends IOException {

  /**
   * Names the segment.
   *
   * @param file the segment that the frame was meant for
   * @param what what is wrong with the frame
   */
  public FrameRejectedException(Path file, String what) {
    super("frame rejected by " + file + ": " + what);
  }
}

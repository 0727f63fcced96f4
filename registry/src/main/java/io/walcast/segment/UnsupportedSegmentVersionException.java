package io.walcast.segment;

import java.io.IOException;
import java.nio.file.Path;

/** A segment of a version that this code does not know; a newer Walcast wrote it. */
public final class UnsupportedSegmentVersionException extends IOException {

  /**
   * Names the place.
   *
   * @param file the segment
   * @param offset byte offset of the version
   * @param version the version found
   * @param known the newest version that can be read
   */
  public UnsupportedSegmentVersionException(Path file, long offset, int version, int known) {
    super(
        "segment "
            + file
            + " has version "
            + version
            + " at offset "
            + offset
            + "; the newest one known here is "
            + known);
  }
}

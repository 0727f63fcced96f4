package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.segment.BufferPool;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the segments of a private database tell about it before they are opened.
 *
 * @param oldest header of the oldest one; empty: there is none that means anything
 * @param repair whether it holds frames; a header alone repairs nothing
 * @param largestPages the largest size in pages that the database had before any of them, unsigned
 */
record PrivateSegments(Optional<SegmentHeader> oldest, boolean repair, long largestPages) {

  static PrivateSegments read(Io io, Path walDirectory) throws IOException {
    SegmentDirectory directory = new SegmentDirectory(io, walDirectory, new BufferPool(0), true);
    SegmentHeader oldest = null;
    boolean repair = false;
    long largestPages = 0;
    for (Path path : directory.segments()) {
      Optional<SegmentHeader> found = directory.header(path);
      if (found.isPresent()) {
        SegmentHeader header = found.get();
        boolean hasFrames = io.identity(path).sizeBytes() > SegmentHeader.LENGTH;
        // Behind frame 1 a header alone is that of a swap cut short: the one before may be lost.
        if (oldest == null && (hasFrames || header.startFrameNo() == 1)) {
          oldest = header;
          repair = hasFrames;
        }
        largestPages = Math.max(largestPages, Integer.toUnsignedLong(header.sizeBefore()));
      }
    }
    return new PrivateSegments(Optional.ofNullable(oldest), repair, largestPages);
  }

  /** Whether there is a segment, or the header of one, with frames up to this one. */
  boolean reachBelow(long frameNo) {
    return oldest.isPresent() && oldest.get().startFrameNo() <= frameNo;
  }
}

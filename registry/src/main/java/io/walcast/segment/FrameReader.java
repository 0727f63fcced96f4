package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;

/** Reads single frames of a segment file and verifies them. Thread-safe. */
final class FrameReader {

  private record Scratch(ByteBuffer frame, FrameFormat format) {}

  private final StorageFile file;
  private final SegmentHeader header;
  private final AtomicReference<Scratch> spare = new AtomicReference<>();

  FrameReader(StorageFile file, SegmentHeader header) {
    this.file = file;
    this.header = header;
  }

  /**
   * Puts the page of a frame into {@code target}, which must have room for it.
   *
   * @return the frame number
   * @throws CorruptSegmentException if the frame is damaged or another one
   */
  long read(int ordinal, int pageNo, ByteBuffer target) throws IOException {
    Scratch scratch = spare.getAndSet(null);
    if (scratch == null) {
      int bytes = FrameFormat.frameBytes(header.pageSize());
      scratch = new Scratch(ByteBuffer.allocate(bytes), new FrameFormat(header));
    }
    ByteBuffer frame = scratch.frame().clear();
    long at = FrameFormat.offset(ordinal, header.pageSize());
    file.readFully(frame, at);
    if (frame.getInt(FrameFormat.OWN_AT) != scratch.format().own(frame, 0)) {
      throw new CorruptSegmentException(file.path(), at, "the frame's checksum does not fit");
    }
    if (frame.getInt(FrameFormat.PAGE_NO_AT) != pageNo) {
      throw new CorruptSegmentException(
          file.path(),
          at,
          "page " + frame.getInt(FrameFormat.PAGE_NO_AT) + " where page " + pageNo + " belongs");
    }
    long frameNo = frame.getLong(0);
    target.put(frame.position(FrameFormat.HEADER));
    spare.set(scratch);
    return frameNo;
  }
}

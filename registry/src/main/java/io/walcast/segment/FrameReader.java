package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads single frames of a segment file and verifies them. Thread-safe. Each thread that reads has
 * one buffer, outside the heap, for all segments: a segment at rest holds none.
 */
final class FrameReader {

  /** Where a frame is read to: behind the salt, so that the salt and what follows are one piece. */
  private static final int FRAME_AT = FrameFormat.SALT;

  private static final int LARGEST = FRAME_AT + FrameFormat.frameBytes(65_536);
  private static final int SMALL = FRAME_AT + FrameFormat.frameBytes(4_096);

  /**
   * Empty while it is lent: a read may begin while another one of its thread waits for the disk.
   */
  private static final ThreadLocal<ByteBuffer> SCRATCH = new ThreadLocal<>();

  private final StorageFile file;
  private final SegmentHeader header;

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
    ByteBuffer scratch = borrow(FRAME_AT + FrameFormat.frameBytes(header.pageSize()));
    try {
      return read(ordinal, pageNo, scratch, target);
    } finally {
      SCRATCH.set(scratch);
    }
  }

  private long read(int ordinal, int pageNo, ByteBuffer scratch, ByteBuffer target)
      throws IOException {
    scratch.putLong(header.salt());
    long at = FrameFormat.offset(ordinal, header.pageSize());
    file.readFully(scratch, at);
    if (scratch.getInt(FRAME_AT + FrameFormat.OWN_AT) != FrameFormat.ownBehindSalt(scratch)) {
      throw new CorruptSegmentException(file.path(), at, "the frame's checksum does not fit");
    }
    int found = scratch.getInt(FRAME_AT + FrameFormat.PAGE_NO_AT);
    if (found != pageNo) {
      throw new CorruptSegmentException(
          file.path(), at, "page " + found + " where page " + pageNo + " belongs");
    }
    target.put(scratch.position(FRAME_AT + FrameFormat.HEADER));
    return scratch.getLong(FRAME_AT);
  }

  private static ByteBuffer borrow(int length) {
    ByteBuffer scratch = SCRATCH.get();
    SCRATCH.set(null); // not remove(), which would make an entry anew for each page
    if (scratch == null || scratch.capacity() < length) {
      scratch = ByteBuffer.allocateDirect(length > SMALL ? LARGEST : SMALL);
    }
    return scratch.clear().limit(length);
  }
}

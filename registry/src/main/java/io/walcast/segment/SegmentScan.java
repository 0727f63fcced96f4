package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks the frames of a segment file from the first, in large reads, as far as the running checksum
 * proves them. For one thread.
 */
final class SegmentScan {

  private final StorageFile file;
  private final SegmentHeader header;
  private final FrameFormat format;
  private final PageIndex index;
  private CommitPoint committed;
  private long highest;
  private int running;

  SegmentScan(StorageFile file, SegmentHeader header) {
    this.file = file;
    this.header = header;
    this.format = new FrameFormat(header);
    this.index = new PageIndex(header.salt());
    this.running = format.initial();
    this.highest = header.startFrameNo() - 1;
    this.committed =
        new CommitPoint(0, highest, header.sizeBefore(), running, 0, SnapshotPart.NONE);
  }

  /** The last whole transaction found. */
  CommitPoint committed() {
    return committed;
  }

  /** The pages of the transactions found. */
  PageIndex index() {
    return index;
  }

  /**
   * Scans up to the first frame whose checksums do not fit.
   *
   * @param upToFrameNo transactions that end above it are left out
   * @param buffers lends the buffer to read into
   * @throws CorruptSegmentException if a frame whose checksums fit says what cannot be
   */
  void run(long upToFrameNo, BufferPool buffers) throws IOException {
    ByteBuffer buffer = buffers.borrow();
    try {
      run(upToFrameNo, buffer);
    } finally {
      buffers.giveBack(buffer);
    }
    index.truncate(committed.frames());
  }

  private void run(long upToFrameNo, ByteBuffer buffer) throws IOException {
    int frameBytes = FrameFormat.frameBytes(header.pageSize());
    long at = SegmentHeader.LENGTH;
    boolean more = true;
    while (more) {
      int first = BufferPool.place(at);
      fill(buffer.clear().position(first), at - first);
      int whole = (buffer.position() - first) / frameBytes;
      more = whole > 0;
      for (int i = 0; i < whole && more; i++) {
        more = accept(buffer, first + i * frameBytes, upToFrameNo);
      }
      at += (long) whole * frameBytes;
    }
  }

  private void fill(ByteBuffer buffer, long begin) throws IOException {
    int n = 0;
    while (n >= 0 && buffer.hasRemaining()) {
      n = file.read(buffer, begin + buffer.position());
    }
  }

  private boolean accept(ByteBuffer buffer, int at, long upToFrameNo)
      throws CorruptSegmentException {
    int own = format.own(buffer, at);
    int next = format.running(running, own);
    long frameNo = buffer.getLong(at);
    if (buffer.getInt(at + FrameFormat.OWN_AT) != own
        || buffer.getInt(at + FrameFormat.RUNNING_AT) != next) {
      return false;
    }
    int pageNo = buffer.getInt(at + FrameFormat.PAGE_NO_AT);
    int sizeAfter = buffer.getInt(at + FrameFormat.SIZE_AFTER_AT);
    if (frameNo <= committed.lastFrameNo() || pageNo <= 0 || sizeAfter < 0) {
      throw new CorruptSegmentException(
          file.path(),
          FrameFormat.offset(index.size(), header.pageSize()),
          "frame " + frameNo + " with page " + pageNo + " and size after " + sizeAfter);
    }
    running = next;
    highest = Math.max(highest, frameNo);
    index.add(pageNo);
    if (sizeAfter != 0) {
      if (highest > upToFrameNo) {
        return false;
      }
      committed = new CommitPoint(index.size(), highest, sizeAfter, running, 0, SnapshotPart.NONE);
    }
    return true;
  }
}

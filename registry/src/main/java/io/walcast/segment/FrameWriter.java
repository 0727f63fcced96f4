package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes the frames of one transaction, or of a group of them, behind the last commit of a segment
 * file. The newest frames are in a large buffer, the others in the file; the last one always is in
 * the buffer, since only the end of the transaction tells whether it commits. A small transaction
 * is one write, a large one is written up to multiples of {@linkplain BufferPool#blockBytes
 * blocks}, wherever frames begin: the page cache takes that much faster than writes that begin
 * inside one of its pages.
 *
 * <p>A frame may be replaced and the last ones cut off, wherever they are: everything here lies
 * above the commit point, so nothing committed is touched. A frame replaced in the file breaks the
 * chain of running checksums there, until {@link #commit} mends it. A crash at any moment leaves a
 * transaction that does not count: the running checksum of the frame that commits, which comes
 * last, fits to the final bytes of all frames and to no others.
 *
 * <p>For one thread. After an {@link IOException} only {@link #close} is left to do.
 */
final class FrameWriter {

  private final StorageFile file;
  private final BufferPool buffers;
  private final FrameFormat format;
  private final CommitPoint before;
  private final int pageSize;
  private final int frameBytes;

  private final ByteBuffer buffer;
  private ByteBuffer scratch; // null until frames in the file have to be read or replaced
  private int flushed; // ordinal of the first frame in the buffer
  private int first; // where it begins there
  private int begun; // bytes of it that are in the file already, as they are in the buffer
  private int fullAt; // position of the buffer from which on it takes no frame
  private int summed; // the frames in the buffer before it have their own checksum
  private int written; // one above the highest ordinal ever written
  private int chained; // the frames in the file below it have their final running checksum
  private int running; // the one before the frame in the buffer; valid if chained == flushed

  FrameWriter(StorageFile file, SegmentHeader header, BufferPool buffers, CommitPoint before) {
    this.file = file;
    this.buffers = buffers;
    this.format = new FrameFormat(header);
    this.before = before;
    this.pageSize = header.pageSize();
    this.frameBytes = FrameFormat.frameBytes(pageSize);
    this.buffer = buffers.borrow();
    this.flushed = before.frames();
    this.written = flushed;
    this.chained = flushed;
    this.running = before.runningChecksum();
    beginBuffer();
  }

  /** Whether the frame with this ordinal is still in the buffer. */
  boolean isBuffered(int ordinal) {
    return ordinal >= flushed;
  }

  /** Number of a frame of this transaction. */
  long frameNo(int ordinal) throws IOException {
    return isBuffered(ordinal)
        ? buffer.getLong(at(ordinal))
        : fromFile(offset(ordinal), Long.BYTES).getLong();
  }

  /** Copies the page of a frame in the buffer. */
  void readBuffered(int ordinal, ByteBuffer target) {
    target.put(buffer.slice(at(ordinal) + FrameFormat.HEADER, pageSize));
  }

  void append(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    sumUp(); // of the frame before: it is final, unless replaced, and at hand
    if (buffer.position() >= fullAt) {
      flushBlock();
    }
    put(buffer, frameNo, pageNo, page);
  }

  /** Puts another number and content into a frame of this transaction. */
  void replace(int ordinal, long frameNo, int pageNo, ByteBuffer page) throws IOException {
    if (isBuffered(ordinal)) {
      int end = buffer.position();
      put(buffer.position(at(ordinal)), frameNo, pageNo, page);
      buffer.position(end);
      if (at(ordinal) < summed) {
        buffer.putInt(at(ordinal) + FrameFormat.OWN_AT, format.own(buffer, at(ordinal)));
      }
      begun = ordinal == flushed ? 0 : begun;
    } else {
      ByteBuffer frame = scratch();
      put(frame, frameNo, pageNo, page);
      frame.putInt(FrameFormat.OWN_AT, format.own(frame, 0));
      file.writeFully(frame.flip(), offset(ordinal));
      chained = Math.min(chained, ordinal);
    }
  }

  /** Forgets the frames from an ordinal on, which is not below the commit point. */
  void cutTo(int frames) throws IOException {
    if (frames > flushed) {
      buffer.position(at(frames));
      summed = Math.min(summed, buffer.position());
      return;
    }
    flushed = frames > before.frames() ? frames - 1 : frames;
    begun = 0;
    beginBuffer();
    if (frames > flushed) { // the last one goes back into the buffer
      file.readFully(buffer.limit(first + frameBytes), offset(flushed));
      buffer.limit(buffer.capacity());
    }
    chained = Math.min(chained, flushed);
    if (chained == flushed) {
      running = runningBefore(flushed);
    }
  }

  /** Makes the last frame one that commits, without writing it yet. */
  void endTransaction(int sizeAfter) {
    int last = buffer.position() - frameBytes;
    buffer.putInt(last + FrameFormat.SIZE_AFTER_AT, sizeAfter);
    summed = Math.min(summed, last);
    begun = last == first ? 0 : begun;
  }

  /**
   * Writes what is left, the last frame as the one that commits.
   *
   * @return the running checksum of the last frame
   */
  int commit(int sizeAfter) throws IOException {
    endTransaction(sizeAfter);
    if (written > frames()) {
      file.truncate(offset(flushed)); // nothing may stand behind the frames: the index comes there
      begun = 0;
    }
    if (chained < flushed) {
      mendChain();
      begun = 0;
    }
    sumUp();
    running = chain(buffer.position());
    write(buffer.position());
    return running;
  }

  /** Gives the buffers back. */
  void close() {
    buffers.giveBack(buffer);
    if (scratch != null) {
      buffers.giveBack(scratch);
    }
  }

  private int frames() {
    return flushed + (buffer.position() - first) / frameBytes;
  }

  /** Begins an empty buffer; it is full at the farthest end of a block that it reaches. */
  private void beginBuffer() {
    long begin = offset(flushed);
    first = BufferPool.place(begin);
    summed = first;
    buffer.clear().position(first);
    int most = buffer.capacity() - frameBytes;
    long blockBytes = buffers.blockBytes();
    long block = (begin + most - first) / blockBytes * blockBytes - begin;
    fullAt = block > begun ? first + (int) block : most + 1;
  }

  /** Computes the own checksums that are missing in the buffer. */
  private void sumUp() {
    for (; summed < buffer.position(); summed += frameBytes) {
      buffer.putInt(summed + FrameFormat.OWN_AT, format.own(buffer, summed));
    }
  }

  /**
   * Computes the running checksums of the buffer, if those before it are known.
   *
   * @return that of the last frame that ends at or below {@code end}
   */
  private int chain(int end) {
    int last = running;
    int before = running;
    for (int at = first; at < buffer.position(); at += frameBytes) {
      before = format.running(before, buffer.getInt(at + FrameFormat.OWN_AT));
      buffer.putInt(at + FrameFormat.RUNNING_AT, before);
      last = at + frameBytes <= end ? before : last;
    }
    return last;
  }

  /** Writes a full buffer and keeps what is above the block: at most one frame, as a whole. */
  private void flushBlock() throws IOException {
    int end = Math.min(fullAt, buffer.position());
    int whole = first + (end - first) / frameBytes * frameBytes;
    int kept = buffer.position() - whole;
    boolean unbroken = chained == flushed;
    running = chain(end);
    write(end);
    flushed += (whole - first) / frameBytes;
    begun = end - whole;
    chained = unbroken ? flushed : chained;
    beginBuffer();
    buffer.put(first, buffer, whole, kept).position(first + kept);
    summed = first + kept;
  }

  private void write(int end) throws IOException {
    written = Math.max(written, frames());
    int kept = buffer.position();
    file.writeFully(buffer.limit(end).position(first + begun), offset(flushed) + begun);
    buffer.limit(buffer.capacity()).position(kept);
  }

  /** Computes the running checksums anew, from the own ones in the frames' headers. */
  private void mendChain() throws IOException {
    running = runningBefore(chained);
    ByteBuffer chunk = scratch();
    while (chained < flushed) {
      int count = Math.min(flushed - chained, chunk.capacity() / frameBytes);
      file.readFully(chunk.clear().limit(count * frameBytes), offset(chained));
      for (int at = 0; at < chunk.limit(); at += frameBytes) {
        running = format.running(running, chunk.getInt(at + FrameFormat.OWN_AT));
        chunk.putInt(at + FrameFormat.RUNNING_AT, running);
      }
      file.writeFully(chunk.flip(), offset(chained));
      chained += count;
    }
  }

  /** Running checksum before a frame, where the chain up to there is unbroken. */
  private int runningBefore(int ordinal) throws IOException {
    return ordinal == before.frames()
        ? before.runningChecksum()
        : fromFile(offset(ordinal - 1) + FrameFormat.RUNNING_AT, Integer.BYTES).getInt();
  }

  private ByteBuffer fromFile(long position, int length) throws IOException {
    ByteBuffer bytes = scratch().limit(length);
    file.readFully(bytes, position);
    return bytes.flip();
  }

  private ByteBuffer scratch() {
    if (scratch == null) {
      scratch = buffers.borrow();
    }
    return scratch.clear();
  }

  private static void put(ByteBuffer target, long frameNo, int pageNo, ByteBuffer page) {
    target.putLong(frameNo).putLong((long) pageNo << 32).putLong(0).put(page);
  }

  private int at(int ordinal) {
    return first + (ordinal - flushed) * frameBytes;
  }

  private long offset(int ordinal) {
    return FrameFormat.offset(ordinal, pageSize);
  }
}

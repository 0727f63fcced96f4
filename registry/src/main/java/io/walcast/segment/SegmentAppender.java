package io.walcast.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * One transaction being appended to the current segment. Frames go through a large buffer to the
 * file as they come, so a transaction may be far larger than memory; nobody sees them before {@link
 * #commit}. The last frame waits in the buffer until it is known whether it commits.
 *
 * <p>For one thread. Any {@link IOException} of the disk rolls the whole transaction back.
 */
public final class SegmentAppender implements Closeable {

  private final CurrentSegment segment;
  private final BufferPool buffers;
  private final FrameFormat format;
  private final CommitPoint before;
  private final int pageSize;
  private final int frameBytes;

  private ByteBuffer buffer; // null once the transaction is over
  private int flushed; // ordinal of the first frame in the buffer
  private int running;
  private int lastPageNo;
  private long nextFrameNo;
  private long highest;

  SegmentAppender(CurrentSegment segment, BufferPool buffers, long nextFrameNo) {
    this.segment = segment;
    this.buffers = buffers;
    this.format = new FrameFormat(segment.header());
    this.before = segment.committed();
    this.pageSize = segment.header().pageSize();
    this.frameBytes = FrameFormat.frameBytes(pageSize);
    this.buffer = buffers.borrow();
    this.flushed = before.frames();
    this.running = before.runningChecksum();
    this.highest = before.lastFrameNo();
    this.nextFrameNo = nextFrameNo;
  }

  /** Appends a frame under the next number. */
  public void insert(int pageNo, ByteBuffer page) throws IOException {
    insert(nextFrameNo, pageNo, page);
  }

  /**
   * Appends a frame under its own number, which need not follow the one before.
   *
   * @param page its remaining bytes, exactly one page; read to its limit
   * @throws FrameRejectedException if number, page number or length cannot be; the transaction goes
   *     on without the frame
   */
  public void insert(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    checkOpen();
    check(pageNo > 0, () -> "page number " + pageNo);
    check(
        frameNo > before.lastFrameNo(),
        () -> "frame " + frameNo + " after frame " + before.lastFrameNo() + " is committed");
    check(
        page.remaining() == pageSize, () -> page.remaining() + " bytes for a page of " + pageSize);
    if (frames() > before.frames()) {
      finishLast(0);
    }
    if (buffer.remaining() < frameBytes) {
      flush();
    }
    buffer.putLong(frameNo).putInt(pageNo).putInt(0).putLong(0).put(page);
    segment.index().add(pageNo);
    lastPageNo = pageNo;
    highest = Math.max(highest, frameNo);
    nextFrameNo = Math.max(nextFrameNo, highest + 1);
  }

  /**
   * Reads a page as this transaction left it.
   *
   * @return the number of its frame, or 0 if the segment does not hold the page
   */
  public long readPage(int pageNo, ByteBuffer target) throws IOException {
    checkOpen();
    int ordinal = segment.index().find(pageNo, frames());
    if (ordinal < flushed) {
      return ordinal < 0 ? 0 : segment.frames().read(ordinal, pageNo, target);
    }
    int at = (ordinal - flushed) * frameBytes;
    target.put(buffer.slice(at + FrameFormat.HEADER, pageSize));
    return buffer.getLong(at);
  }

  /** As {@link #commit(int, long)}, without a database checksum. */
  public void commit(int sizeAfter) throws IOException {
    commit(sizeAfter, 0);
  }

  /**
   * Makes the transaction visible and ends it.
   *
   * @param sizeAfter database size in pages
   * @param databaseChecksum of the whole database after the transaction; 0: not stated
   * @throws FrameRejectedException if there is nothing to commit or the size cannot be; the
   *     transaction stays open
   */
  public void commit(int sizeAfter, long databaseChecksum) throws IOException {
    checkOpen();
    check(frames() > before.frames(), () -> "a commit without frames");
    check(sizeAfter > 0, () -> "database size " + sizeAfter);
    check(lastPageNo <= sizeAfter, () -> "commit of " + sizeAfter + " pages on page " + lastPageNo);
    finishLast(sizeAfter);
    flush();
    segment.publish(new CommitPoint(frames(), highest, sizeAfter, running, databaseChecksum));
    end();
  }

  /**
   * Forgets the transaction and ends it; does nothing if it has ended.
   *
   * @throws IOException if the file cannot be cut back; the segment takes no more writes then
   */
  public void rollback() throws IOException {
    if (buffer != null) {
      abandon(new IOException("rolled back"));
      segment.checkWritable();
    }
  }

  /** Rolls back what is not committed. */
  @Override
  public void close() throws IOException {
    rollback();
  }

  /** Frames of the segment, this transaction's included. */
  public int frames() {
    return segment.index().size();
  }

  private void finishLast(int sizeAfter) {
    int at = buffer.position() - frameBytes;
    buffer.putInt(at + FrameFormat.SIZE_AFTER_AT, sizeAfter);
    int own = format.own(buffer, at);
    running = format.running(running, own);
    buffer.putInt(at + FrameFormat.OWN_AT, own);
    buffer.putInt(at + FrameFormat.RUNNING_AT, running);
  }

  private void flush() throws IOException {
    try {
      segment
          .file()
          .writeFully(buffer.flip(), FrameFormat.offset(flushed, segment.header().pageSize()));
    } catch (IOException e) {
      abandon(e);
      throw e;
    }
    flushed = frames();
    buffer.clear();
  }

  private void abandon(IOException cause) {
    segment.index().truncate(before.frames());
    segment.undo(cause);
    end();
  }

  private void end() {
    buffers.giveBack(buffer);
    buffer = null;
  }

  private void checkOpen() throws IOException {
    segment.checkWritable();
    if (buffer == null) {
      throw new IOException("the transaction on " + segment.path() + " is over");
    }
  }

  private void check(boolean holds, Supplier<String> what) throws IOException {
    if (!holds) {
      throw new FrameRejectedException(segment.path(), what.get());
    }
  }
}

package io.walcast.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One transaction being appended to the current segment. Frames go through a large buffer to the
 * file as they come, so a transaction may be far larger than memory; nobody sees them before {@link
 * #commit}.
 *
 * <p>A page that the transaction has written already <em>recycles</em> its frame: the new content
 * takes the place of the old one and the file does not grow, unless the old one is {@linkplain
 * #protect protected}. Frame numbers:
 *
 * <ul>
 *   <li>a frame that comes without a number gets the next one; if it is recycled it keeps the one
 *       of its place, which nobody has seen with the old content. So numbers are not used up
 *       without a frame;
 *   <li>a frame that comes with a number keeps it, recycled or not. Of several versions of a page
 *       in one transaction the one with the highest number counts, in whatever order they come;
 *   <li>what is rolled back gives numbers and places back.
 * </ul>
 *
 * <p>Many small transactions are written faster as a group: {@link #next} ends one and begins the
 * next, and {@link #commit} makes all of them visible with one write. In the file, and to whoever
 * recovers it after a crash, they are transactions like any other.
 *
 * <p>For one thread. Any {@link IOException} of the disk rolls the whole transaction back, and its
 * whole group.
 */
public final class SegmentAppender implements Closeable {

  /** A point inside a transaction that {@link #backTo} leads back to. */
  public static final class Mark {

    private final int frames;
    private final long nextFrameNo;
    private final long highest;
    private final int lowestPageNo;
    private final boolean ascending;

    private Mark(SegmentAppender appender) {
      frames = appender.frames();
      nextFrameNo = appender.nextFrameNo;
      highest = appender.highest;
      lowestPageNo = appender.lowestPageNo;
      ascending = appender.ascending;
    }
  }

  private final CurrentSegment segment;
  private final CommitPoint before;
  private final int pageSize;

  private FrameWriter writer; // null once the transaction is over
  private int begin; // ordinal of the first frame of the transaction that is open in the group
  private int recyclable; // frames from this ordinal on are recycled
  private long nextFrameNo;
  private long highest;
  private boolean committing; // whether a frame that commits may be in the file
  private int lowestPageNo = Integer.MAX_VALUE;
  private boolean ascending = true; // whether frame numbers rise with the frames' places

  SegmentAppender(CurrentSegment segment, BufferPool buffers, long nextFrameNo) {
    this.segment = segment;
    this.before = segment.committed();
    this.pageSize = segment.header().pageSize();
    this.writer = new FrameWriter(segment.file(), segment.header(), buffers, before);
    this.begin = before.frames();
    this.recyclable = begin;
    this.highest = before.lastFrameNo();
    this.nextFrameNo = nextFrameNo;
  }

  /**
   * Appends a frame under the next number, or recycles the page's frame under its own.
   *
   * @param page its remaining bytes, exactly one page; read to its limit
   * @throws FrameRejectedException if page number or length cannot be; the transaction goes on
   */
  public void insert(int pageNo, ByteBuffer page) throws IOException {
    check(pageNo, page);
    int held = segment.index().newestOf(pageNo);
    try {
      if (held >= recyclable) {
        writer.replace(held, writer.frameNo(held), pageNo, page);
      } else {
        append(nextFrameNo, pageNo, page);
      }
    } catch (IOException e) {
      abandon(e);
      throw e;
    }
  }

  /**
   * Appends a frame under its own number, which need not follow the one before. An older version of
   * a page that the transaction holds is left out.
   *
   * @param page its remaining bytes, exactly one page; read to its limit, unless it is left out
   * @throws FrameRejectedException if number, page number or length cannot be; the transaction goes
   *     on without the frame
   */
  public void insert(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    check(pageNo, page);
    if (frameNo <= before.lastFrameNo()) {
      throw rejected("frame " + frameNo + " after frame " + before.lastFrameNo() + " is committed");
    }
    int held = segment.index().newestOf(pageNo);
    try {
      if (held < begin) {
        append(frameNo, pageNo, page);
      } else if (writer.frameNo(held) <= frameNo) {
        replace(held, frameNo, pageNo, page);
      }
    } catch (IOException e) {
      abandon(e);
      throw e;
    }
  }

  private void append(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    ascending &= frameNo > highest;
    writer.append(frameNo, pageNo, page);
    segment.index().add(pageNo);
    lowestPageNo = Math.min(lowestPageNo, pageNo);
    highest = Math.max(highest, frameNo);
    nextFrameNo = Math.max(nextFrameNo, highest + 1);
  }

  private void replace(int held, long frameNo, int pageNo, ByteBuffer page) throws IOException {
    if (held < recyclable) {
      append(frameNo, pageNo, page);
    } else {
      writer.replace(held, frameNo, pageNo, page);
      ascending &= held == frames() - 1;
      highest = Math.max(highest, frameNo);
      nextFrameNo = Math.max(nextFrameNo, highest + 1);
    }
  }

  /**
   * Reads a page as this transaction left it.
   *
   * @return the number of its frame, or 0 if the segment does not hold the page
   */
  public long readPage(int pageNo, ByteBuffer target) throws IOException {
    checkOpen();
    int ordinal = segment.index().newestOf(pageNo);
    if (ordinal < 0) {
      return 0;
    }
    if (!writer.isBuffered(ordinal)) {
      return segment.frames().read(ordinal, pageNo, target);
    }
    writer.readBuffered(ordinal, target);
    return writer.frameNo(ordinal);
  }

  /** Where the transaction stands now. */
  public Mark mark() throws IOException {
    checkOpen();
    return new Mark(this);
  }

  /** Keeps the frames up to a mark from being recycled, and no others. */
  public void protect(Mark mark) {
    recyclable = mark.frames;
  }

  /** Ends all protection within the transaction. */
  public void unprotect() {
    recyclable = begin;
  }

  /**
   * Forgets what was inserted since a mark. Frames up to it must have been protected all the time.
   */
  public void backTo(Mark mark) throws IOException {
    checkOpen();
    try {
      writer.cutTo(mark.frames);
    } catch (IOException e) {
      abandon(e);
      throw e;
    }
    segment.index().truncate(mark.frames);
    nextFrameNo = mark.nextFrameNo;
    highest = mark.highest;
    lowestPageNo = mark.lowestPageNo;
    ascending = mark.ascending;
  }

  /**
   * Ends a transaction and begins the next of the same group. Marks from before lead nowhere now.
   *
   * @param sizeAfter database size in pages; the transaction wrote at least one page of them
   * @throws FrameRejectedException as {@link #commit(int, long)}
   */
  public void next(int sizeAfter) throws IOException {
    checkCommit(sizeAfter);
    committing = true; // from now on the buffer may be written at any time
    writer.endTransaction(sizeAfter);
    begin = frames();
    recyclable = begin;
    lowestPageNo = Integer.MAX_VALUE;
  }

  /** As {@link #commit(int, long)}, without a database checksum. */
  public void commit(int sizeAfter) throws IOException {
    commit(sizeAfter, 0);
  }

  /**
   * Makes the transaction visible, with those before it in its group, and ends it.
   *
   * @param sizeAfter database size in pages; the transaction wrote at least one page of them
   * @param databaseChecksum of the whole database after the transaction; 0: not stated
   * @throws FrameRejectedException if there is nothing to commit or the size cannot be; the
   *     transaction stays open
   */
  public void commit(int sizeAfter, long databaseChecksum) throws IOException {
    commit(sizeAfter, databaseChecksum, SnapshotPart.NONE);
  }

  /** The same, of a transaction with which its segment is a part of a snapshot. */
  public void commit(int sizeAfter, long databaseChecksum, SnapshotPart part) throws IOException {
    checkCommit(sizeAfter);
    committing = true;
    int running;
    try {
      running = writer.commit(sizeAfter);
    } catch (IOException e) {
      abandon(e);
      throw e;
    }
    segment.publish(
        new CommitPoint(frames(), highest, sizeAfter, running, databaseChecksum, part), ascending);
    end();
  }

  private void checkCommit(int sizeAfter) throws IOException {
    checkOpen();
    if (frames() == begin) {
      throw rejected("a commit without frames");
    }
    if (sizeAfter <= 0) {
      throw rejected("database size " + sizeAfter);
    }
    if (lowestPageNo > sizeAfter) {
      throw rejected("commit of " + sizeAfter + " pages, none below " + lowestPageNo + " written");
    }
  }

  /**
   * Forgets the transaction, with those before it in its group, and ends it; does nothing if it has
   * ended.
   *
   * @throws IOException if the file cannot be cut back; the segment takes no more writes then
   */
  public void rollback() throws IOException {
    if (writer != null) {
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

  private void abandon(IOException cause) {
    segment.index().truncate(before.frames());
    segment.undo(cause, committing);
    end();
  }

  private void end() {
    writer.close();
    writer = null;
  }

  private void check(int pageNo, ByteBuffer page) throws IOException {
    checkOpen();
    if (pageNo <= 0) {
      throw rejected("page number " + pageNo);
    }
    if (page.remaining() != pageSize) {
      throw rejected(page.remaining() + " bytes for a page of " + pageSize);
    }
  }

  private void checkOpen() throws IOException {
    segment.checkWritable();
    if (writer == null) {
      throw new IOException("the transaction on " + segment.path() + " is over");
    }
  }

  private FrameRejectedException rejected(String what) {
    return new FrameRejectedException(segment.path(), what);
  }
}

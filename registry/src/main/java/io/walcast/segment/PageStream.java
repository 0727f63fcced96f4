package io.walcast.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.roaringbitmap.RoaringBitmap;

/**
 * The pages that a log holds above a frame number, newest first: the current segment as of a
 * commit, from its last frame on, then the tail, segment by segment. Each page comes once, in its
 * newest version, and none above the database's size at that commit.
 *
 * <p>The tail's files stay open until {@link #close}, whatever is checkpointed meanwhile. For one
 * thread.
 */
public final class PageStream implements FrameCursor {

  private final CurrentSegment current;
  private final Deque<SealedSegment> tail = new ArrayDeque<>(); // retained
  private final int sizePages;
  private final long aboveFrameNo;
  private final RoaringBitmap seen;
  private final ByteBuffer page;

  private long startFrameNo;
  private int sizeBefore;
  private int frames; // of the current segment, still to come
  private int entry; // next one of the tail's first segment
  private int pageNo;
  private long frameNo;

  /**
   * Begins a stream.
   *
   * @param current pinned until {@link #close}
   * @param seen pages to leave out; those that come, and those not changed above the frame number,
   *     are added
   * @param aboveFrameNo last frame of what the receiver has; 0 if it has nothing
   */
  public PageStream(
      CurrentSegment current,
      CommitPoint at,
      SegmentList tail,
      RoaringBitmap seen,
      long aboveFrameNo) {
    this.current = current;
    this.sizePages = at.sizePages();
    this.aboveFrameNo = aboveFrameNo;
    this.seen = seen;
    this.page = ByteBuffer.allocate(current.header().pageSize());
    this.frames = at.lastFrameNo() > aboveFrameNo ? at.frames() : 0;
    this.startFrameNo = current.header().startFrameNo();
    this.sizeBefore = current.header().sizeBefore();
    for (SealedSegment segment : tail.segments()) {
      if (segment.lastFrameNo() <= aboveFrameNo || !segment.retain()) {
        break; // the receiver has it, or it and all older ones are checkpointed
      }
      this.tail.add(segment);
      startFrameNo = segment.startFrameNo();
      sizeBefore = segment.sizeBefore();
    }
  }

  /**
   * The lowest frame number that this stream reaches down to. Where it is more than one above what
   * the receiver has, the rest has to come from storage.
   */
  public long startFrameNo() {
    return startFrameNo;
  }

  /** Database size in pages before the lowest frame that this stream reaches down to. */
  public int sizeBefore() {
    return sizeBefore;
  }

  /**
   * Goes on to the next page; {@code false} at the end.
   *
   * @throws CorruptSegmentException if a frame is damaged
   */
  @Override
  public boolean next() throws IOException {
    return nextOfCurrent() || nextOfTail();
  }

  private boolean nextOfCurrent() throws IOException {
    while (frames > 0) {
      frames--;
      int candidate = current.index().pageNo(frames);
      if (isWanted(candidate)) {
        frameNo = current.frames().read(frames, candidate, page.clear());
        if (isFound(candidate)) {
          return true;
        }
        if (current.isAscending()) {
          frames = 0; // the receiver has all before it, too
        }
      }
    }
    return false;
  }

  private boolean nextOfTail() throws IOException {
    while (!tail.isEmpty()) {
      SealedSegment segment = tail.peek();
      while (entry < segment.pageCount()) {
        int i = entry++;
        int candidate = segment.pageNo(i);
        if (isWanted(candidate)) {
          frameNo = segment.readPage(i, page.clear());
          if (isFound(candidate)) {
            return true;
          }
        }
      }
      tail.remove().release();
      entry = 0;
    }
    return false;
  }

  private boolean isWanted(int candidate) {
    return candidate <= sizePages && seen.checkedAdd(candidate);
  }

  private boolean isFound(int candidate) {
    page.flip();
    pageNo = candidate;
    return frameNo > aboveFrameNo;
  }

  /** Number of the page that {@link #next} went on to. */
  @Override
  public int pageNo() {
    return pageNo;
  }

  /** Number of its frame. */
  @Override
  public long frameNo() {
    return frameNo;
  }

  /** Its bytes, until {@link #next} is called again. */
  @Override
  public ByteBuffer page() {
    return page;
  }

  /** Lets go of the files. */
  @Override
  public void close() throws IOException {
    frames = 0;
    while (!tail.isEmpty()) {
      tail.remove().release();
    }
  }
}

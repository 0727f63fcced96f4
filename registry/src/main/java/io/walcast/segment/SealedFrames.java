package io.walcast.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/** Some pages of a sealed segment in page order. Keeps the segment's file open until closed. */
final class SealedFrames implements FrameCursor {

  private final SealedSegment segment;
  private final PeekableIntIterator wanted;
  private final ByteBuffer page;
  private int pageNo;
  private long frameNo;
  private boolean closed;

  /** Takes over one {@link SealedSegment#retain} of the segment. */
  SealedFrames(SealedSegment segment, RoaringBitmap wanted) {
    this.segment = segment;
    this.wanted = wanted.getIntIterator();
    this.page = ByteBuffer.allocate(segment.pageSize());
  }

  @Override
  public boolean next() throws IOException {
    while (wanted.hasNext()) {
      pageNo = wanted.next();
      int i = segment.indexOf(pageNo);
      if (i >= 0) {
        frameNo = segment.readPage(i, page.clear());
        page.flip();
        return true;
      }
    }
    return false;
  }

  @Override
  public long frameNo() {
    return frameNo;
  }

  @Override
  public int pageNo() {
    return pageNo;
  }

  @Override
  public ByteBuffer page() {
    return page.duplicate();
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      segment.release();
    }
  }
}

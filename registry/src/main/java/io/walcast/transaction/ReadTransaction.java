package io.walcast.transaction;

import io.walcast.segment.CommitPoint;
import io.walcast.segment.SealedSegment;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A snapshot of one database: what was committed when it began, whatever is committed, swapped or
 * checkpointed since. For one thread at a time.
 *
 * <p>It pins the segment that was current then. Segments before it may be checkpointed and deleted
 * meanwhile: their pages are part of the snapshot wherever they are read from.
 */
public final class ReadTransaction implements Closeable {

  private final SnapshotSource source;
  private final LogView view;
  private final CommitPoint point;
  private boolean open = true;

  private ReadTransaction(SnapshotSource source, LogView view) {
    this.source = source;
    this.view = view;
    this.point = view.current().committed();
  }

  /**
   * Takes a snapshot of what is committed now.
   *
   * @throws IOException if the log is closed
   */
  public static ReadTransaction begin(SnapshotSource source) throws IOException {
    LogView view = source.view();
    while (!view.current().pins().pin()) {
      view = source.view(); // swapped and chosen for a checkpoint since: there is a newer one
    }
    return new ReadTransaction(source, view);
  }

  /** Database size in pages. */
  public int sizePages() {
    return point.sizePages();
  }

  /** Last frame number that the snapshot includes. */
  public long frameNo() {
    return point.lastFrameNo();
  }

  /**
   * Reads a page into {@code target}, which must have room for it.
   *
   * @param pageNo from 1 to {@link #sizePages}
   * @throws IOException if it cannot be read, or where the checkpoint target's pages are not ours
   *     to read
   */
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    checkRange(pageNo, point.sizePages());
    if (view.current().readPage(pageNo, point, target) == 0) {
      readBelowCurrent(pageNo, target);
    }
  }

  /** Reads a page that the current segment does not hold. */
  void readBelowCurrent(int pageNo, ByteBuffer target) throws IOException {
    for (SealedSegment segment : view.tail()) {
      if (!segment.retain()) {
        break; // it and all older ones are in the checkpoint target
      }
      try {
        int i = segment.indexOf(pageNo);
        if (i >= 0) {
          segment.readPage(i, target);
          return;
        }
      } finally {
        segment.release();
      }
    }
    source.readCheckpointed(pageNo, target);
  }

  void checkRange(int pageNo, int sizePages) {
    if (!open) {
      throw new IllegalStateException("the transaction is closed");
    }
    if (pageNo < 1 || pageNo > sizePages) {
      throw new IllegalArgumentException("page " + pageNo + " of " + sizePages);
    }
  }

  LogView view() {
    return view;
  }

  /** Gives the snapshot up. */
  @Override
  public void close() {
    if (open) {
      open = false;
      if (view.current().pins().unpin()) {
        source.unpinned();
      }
    }
  }
}

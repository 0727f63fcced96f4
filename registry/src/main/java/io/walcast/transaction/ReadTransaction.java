package io.walcast.transaction;

import io.walcast.segment.CommitPoint;
import io.walcast.segment.PageStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.roaringbitmap.RoaringBitmap;

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
  private WriterPlace.Turn reserved; // null: the writer's place is not reserved for this snapshot
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

  /**
   * Closes this snapshot and takes one of what is committed now. A place for the writer that is
   * reserved for this one is reserved for the new one; nothing is committed until the reservation
   * ends, so the new one can be upgraded.
   *
   * @throws IOException if the log is closed; this snapshot stays open
   */
  public ReadTransaction renew() throws IOException {
    checkOpen();
    ReadTransaction renewed = begin(source);
    renewed.reserved = reserved;
    reserved = null;
    close();
    return renewed;
  }

  /** Database size in pages. */
  public int sizePages() {
    return point.sizePages();
  }

  /**
   * Checksum of the whole database, as the transaction stated that the snapshot ends with; 0: it
   * did not, or a checkpoint or a crash left nothing that tells.
   */
  public long databaseChecksum() {
    return point.frames() == 0 ? view.tail().databaseChecksum() : point.databaseChecksum();
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
    if (view.tail().readPage(pageNo, target) == 0) {
      source.readCheckpointed(pageNo, target);
    }
  }

  /**
   * The pages of this snapshot that were changed above a frame number, as far as the log's segments
   * hold them. Close the stream before the snapshot.
   *
   * @param seen pages to leave out; see {@link PageStream}
   * @param aboveFrameNo last frame of what the receiver has; 0 if it has nothing
   */
  public PageStream pages(RoaringBitmap seen, long aboveFrameNo) {
    checkOpen();
    return new PageStream(view.current(), point, view.tail(), seen, aboveFrameNo);
  }

  void checkRange(int pageNo, int sizePages) {
    checkOpen();
    if (pageNo < 1 || pageNo > sizePages) {
      throw new IllegalArgumentException("page " + pageNo + " of " + sizePages);
    }
  }

  private void checkOpen() {
    if (!open) {
      throw new IllegalStateException("the transaction is closed");
    }
  }

  LogView view() {
    return view;
  }

  /** The writer's turn for this snapshot: the reserved one, else one in line. */
  WriterPlace.Turn takeTurn(WriterPlace place) throws IOException {
    checkOpen();
    WriterPlace.Turn resumed = reserved == null ? null : reserved.resume();
    reserved = null;
    return resumed == null ? place.take() : resumed;
  }

  /** Keeps a turn for this snapshot's renewal. */
  void reserve(WriterPlace.Turn turn) {
    turn.reserve();
    reserved = turn;
  }

  /** Gives the snapshot up, and the place that is reserved for it. */
  @Override
  public void close() {
    if (open) {
      open = false;
      if (reserved != null) {
        reserved.give();
      }
      if (view.current().pins().unpin()) {
        source.unpinned(view);
      }
    }
  }
}

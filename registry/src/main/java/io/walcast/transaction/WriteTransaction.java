package io.walcast.transaction;

import io.walcast.segment.FrameRejectedException;
import io.walcast.segment.Namespace;
import io.walcast.segment.SegmentAppender;
import io.walcast.segment.SnapshotPart;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The one transaction of a log that may write. Frames stream to the segment as they come; nobody
 * else sees them before {@link #commit}. For one thread at a time.
 *
 * <p>When the disk fails, the transaction is rolled back as a whole and only {@link #close} is left
 * to do. Committing or rolling back ends the transaction and lets the next writer in.
 */
public final class WriteTransaction implements Closeable {

  private final SnapshotSource source;
  private final ReadTransaction snapshot;
  private final SegmentAppender appender;
  private final WriterPlace.Turn turn;
  private final List<Savepoint> savepoints = new ArrayList<>(0); // open ones, outermost first
  private int sizePages;
  private boolean ended;

  private WriteTransaction(
      SnapshotSource source,
      ReadTransaction snapshot,
      SegmentAppender appender,
      WriterPlace.Turn turn) {
    this.source = source;
    this.snapshot = snapshot;
    this.appender = appender;
    this.turn = turn;
    this.sizePages = snapshot.sizePages();
  }

  /**
   * Begins on top of everything committed.
   *
   * @param turn the writer's; given up when the transaction ends, or cannot begin
   * @param nextFrameNo lowest number for frames that come without one
   */
  public static WriteTransaction begin(
      SnapshotSource source, WriterPlace.Turn turn, long nextFrameNo) throws IOException {
    ReadTransaction snapshot = null;
    WriteTransaction begun = null;
    try {
      snapshot = ReadTransaction.begin(source);
      SegmentAppender appender = snapshot.view().current().append(nextFrameNo);
      begun = new WriteTransaction(source, snapshot, appender, turn);
      return begun;
    } finally {
      if (begun == null) {
        if (snapshot != null) {
          snapshot.close();
        }
        turn.give();
      }
    }
  }

  /**
   * Turns a snapshot into a write transaction, once it is its turn; the snapshot is closed then.
   *
   * @throws BusySnapshotException if something was committed since the snapshot was taken. It stays
   *     open, and the writer's place is reserved for its {@linkplain ReadTransaction#renew
   *     renewal}: until that or this is closed, or the time of a reservation has passed
   * @throws IOException as {@link WriterPlace#take()}; the snapshot stays open
   */
  public static WriteTransaction upgrade(
      SnapshotSource source,
      ReadTransaction snapshot,
      WriterPlace place,
      Namespace namespace,
      long nextFrameNo)
      throws IOException {
    WriterPlace.Turn turn = snapshot.takeTurn(place);
    long committed = committed(source, turn);
    if (committed != snapshot.frameNo()) {
      snapshot.reserve(turn);
      throw new BusySnapshotException(namespace, snapshot.frameNo(), committed);
    }
    WriteTransaction transaction = begin(source, turn, nextFrameNo);
    snapshot.close();
    return transaction;
  }

  /** Last frame committed, while nobody can commit; gives the turn up where the log is closed. */
  private static long committed(SnapshotSource source, WriterPlace.Turn turn) throws IOException {
    boolean open = false;
    try {
      long frameNo = source.view().current().committed().lastFrameNo();
      open = true;
      return frameNo;
    } finally {
      if (!open) {
        turn.give();
      }
    }
  }

  /** Frame number that the transaction is built on. */
  public long baseFrameNo() {
    return snapshot.frameNo();
  }

  /**
   * Writes a page: under the next frame number, or in place of what this transaction wrote to the
   * page since the last open savepoint. See {@link SegmentAppender} for the numbers.
   *
   * @param page its remaining bytes, exactly one page
   * @throws FrameRejectedException if page number or length cannot be; the transaction goes on
   */
  public void insert(int pageNo, ByteBuffer page) throws IOException {
    appender.insert(pageNo, page);
    sizePages = Math.max(sizePages, pageNo);
  }

  /**
   * Writes a frame under its own number, which is above all committed ones and otherwise free. Of
   * several versions of a page the one with the highest number counts.
   *
   * @throws FrameRejectedException if a number or the length cannot be; the transaction goes on
   */
  public void insert(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    appender.insert(frameNo, pageNo, page);
    sizePages = Math.max(sizePages, pageNo);
  }

  /** Reads a page as this transaction has left it. */
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    snapshot.checkRange(pageNo, sizePages);
    if (appender.readPage(pageNo, target) == 0) {
      snapshot.readBelowCurrent(pageNo, target);
    }
  }

  /** Opens a savepoint inside those that are open. */
  public Savepoint savepoint() throws IOException {
    Savepoint savepoint = new Savepoint(appender.mark(), sizePages);
    savepoints.add(savepoint);
    appender.protect(savepoint.mark());
    return savepoint;
  }

  /**
   * Forgets what was written since a savepoint, and the savepoints inside it. It stays open.
   *
   * @throws IllegalArgumentException if it is not open in this transaction
   * @throws IOException if the disk failed: the transaction is rolled back
   */
  public void rollbackTo(Savepoint savepoint) throws IOException {
    int depth = depth(savepoint);
    appender.backTo(savepoint.mark());
    sizePages = savepoint.sizePages();
    closeFrom(depth + 1);
  }

  /**
   * Closes a savepoint and those inside it; what was written stays, as part of what is around it.
   *
   * @throws IllegalArgumentException if it is not open in this transaction
   */
  public void release(Savepoint savepoint) {
    closeFrom(depth(savepoint));
  }

  private int depth(Savepoint savepoint) {
    int depth = savepoints.indexOf(savepoint);
    if (depth < 0) {
      throw new IllegalArgumentException("the savepoint is not open in this transaction");
    }
    return depth;
  }

  private void closeFrom(int depth) {
    savepoints.subList(depth, savepoints.size()).clear();
    if (depth == 0) {
      appender.unprotect();
    } else {
      appender.protect(savepoints.get(depth - 1).mark());
    }
  }

  /**
   * Ends this transaction and begins the next, of a group that {@link #commit} makes visible at
   * once, with one write, and that is rolled back as a whole. Savepoints are closed.
   *
   * @param sizeAfter database size in pages
   * @throws FrameRejectedException as {@link #commit(int, long)}
   */
  public void next(int sizeAfter) throws IOException {
    appender.next(sizeAfter);
    savepoints.clear();
    sizePages = sizeAfter;
  }

  /** As {@link #commit(int, long)}, without a database checksum. */
  public void commit(int sizeAfter) throws IOException {
    commit(sizeAfter, 0);
  }

  /**
   * Makes everything written visible at once. Not synced: the next seal does that.
   *
   * @param sizeAfter database size in pages
   * @param databaseChecksum of the whole database after this transaction, for the trailer of the
   *     segment that ends with it; 0: not stated
   * @throws FrameRejectedException if nothing was written to the first {@code sizeAfter} pages or
   *     the size cannot be; the transaction stays open
   */
  public void commit(int sizeAfter, long databaseChecksum) throws IOException {
    commit(sizeAfter, databaseChecksum, SnapshotPart.NONE);
  }

  /**
   * The same, of a transaction that is a part of a snapshot. It has a segment of its own: the
   * caller seals before and after it.
   *
   * @param part for the trailer of the segment that ends with the transaction; not known any more
   *     if a crash comes before it is sealed
   */
  public void commit(int sizeAfter, long databaseChecksum, SnapshotPart part) throws IOException {
    appender.commit(sizeAfter, databaseChecksum, part);
    try {
      source.committed(snapshot.view().current().committed().lastFrameNo());
    } finally {
      end();
    }
  }

  /** Forgets everything written. */
  public void rollback() throws IOException {
    try {
      appender.rollback();
    } finally {
      end();
    }
  }

  /** Rolls back, unless committed. */
  @Override
  public void close() throws IOException {
    if (!ended) {
      rollback();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      snapshot.close();
      turn.give();
    }
  }
}

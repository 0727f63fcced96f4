package io.walcast.transaction;

import io.walcast.segment.FrameRejectedException;
import io.walcast.segment.SegmentAppender;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The one transaction of a log that may write. Frames stream to the segment as they come; nobody
 * else sees them before {@link #commit}. For one thread at a time.
 *
 * <p>When the disk fails, the transaction is rolled back as a whole and only {@link #close} is left
 * to do. Committing or rolling back ends the transaction and lets the next writer in.
 */
public final class WriteTransaction implements Closeable {

  private final ReadTransaction snapshot;
  private final SegmentAppender appender;
  private final Runnable release;
  private int sizePages;
  private boolean ended;

  private WriteTransaction(ReadTransaction snapshot, SegmentAppender appender, Runnable release) {
    this.snapshot = snapshot;
    this.appender = appender;
    this.release = release;
    this.sizePages = snapshot.sizePages();
  }

  /**
   * Begins on top of everything committed. The caller holds the log's place for the writer.
   *
   * @param nextFrameNo lowest number for frames that come without one
   * @param release gives the writer's place up; called once
   */
  public static WriteTransaction begin(SnapshotSource source, long nextFrameNo, Runnable release)
      throws IOException {
    ReadTransaction snapshot = ReadTransaction.begin(source);
    boolean begun = false;
    try {
      SegmentAppender appender = snapshot.view().current().append(nextFrameNo);
      begun = true;
      return new WriteTransaction(snapshot, appender, release);
    } finally {
      if (!begun) {
        snapshot.close();
      }
    }
  }

  /** Frame number that the transaction is built on. */
  public long baseFrameNo() {
    return snapshot.frameNo();
  }

  /**
   * Appends a page under the next frame number.
   *
   * @param page its remaining bytes, exactly one page
   * @throws FrameRejectedException if page number or length cannot be; the transaction goes on
   */
  public void insert(int pageNo, ByteBuffer page) throws IOException {
    appender.insert(pageNo, page);
    sizePages = Math.max(sizePages, pageNo);
  }

  /**
   * Appends a frame under its own number, which is above all committed ones and otherwise free.
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

  /** As {@link #commit(int, long)}, without a database checksum. */
  public void commit(int sizeAfter) throws IOException {
    commit(sizeAfter, 0);
  }

  /**
   * Makes everything inserted visible at once. Not synced: the next seal does that.
   *
   * @param sizeAfter database size in pages
   * @param databaseChecksum of the whole database after the transaction; 0: not stated
   * @throws FrameRejectedException if nothing was inserted or the size cannot be; the transaction
   *     stays open
   */
  public void commit(int sizeAfter, long databaseChecksum) throws IOException {
    appender.commit(sizeAfter, databaseChecksum);
    end();
  }

  /** Forgets everything inserted. */
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
      release.run();
    }
  }
}

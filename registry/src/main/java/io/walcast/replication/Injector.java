package io.walcast.replication;

import io.walcast.registry.SharedWal;
import io.walcast.segment.FrameRejectedException;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Puts frames that were captured elsewhere into a log: each transaction's in any order, under their
 * own numbers, which need not be contiguous. The highest number becomes the last committed frame.
 *
 * <p>For one thread. While a transaction is open the log has no other writer.
 */
public final class Injector implements Closeable {

  private final SharedWal wal;
  private WriteTransaction transaction; // null between transactions
  private long durableFrameNo;

  /** An injector into an open log. */
  public Injector(SharedWal wal) {
    this.wal = wal;
  }

  /**
   * States that frames up to this number are durable in storage. It counts from the next successful
   * {@link #commit} on: frames that never arrive here do not become durable here.
   */
  public void setDurable(long frameNo) {
    durableFrameNo = Math.max(durableFrameNo, frameNo);
  }

  /** Begins a transaction, once the log's writer's place is free. */
  public void begin() throws IOException {
    if (transaction != null) {
      throw new IllegalStateException(wal.namespace() + ": a transaction is open");
    }
    transaction = wal.beginWrite();
  }

  /** Whether a transaction is open. */
  public boolean isOpen() {
    return transaction != null;
  }

  /**
   * Adds a frame to the transaction.
   *
   * @param page its remaining bytes, exactly one page
   * @throws FrameRejectedException if the frame is committed already, or page number or length
   *     cannot be; the transaction goes on without it
   * @throws IOException if the disk failed: the transaction is rolled back
   */
  public void insert(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    try {
      open().insert(frameNo, pageNo, page);
    } catch (FrameRejectedException e) {
      throw e;
    } catch (IOException e) {
      rollback();
      throw e;
    }
  }

  /**
   * Commits, and swaps if everything committed is durable: at once, or when the checkpoint that is
   * under way ends. When it fails, the transaction is rolled back; only the swap may fail after the
   * commit, and is tried again by the next one.
   *
   * @param sizeAfter database size in pages
   */
  public void commit(int sizeAfter) throws IOException {
    commit(sizeAfter, 0);
  }

  /**
   * As {@link #commit(int)}.
   *
   * @param databaseChecksum checksum of the whole database after the transaction; 0: not stated
   */
  public void commit(int sizeAfter, long databaseChecksum) throws IOException {
    boolean committed = false;
    try {
      wal.commitStored(open(), sizeAfter, databaseChecksum, durableFrameNo);
      committed = true;
    } finally {
      if (!committed && transaction != null) {
        rollback();
      }
    }
    transaction = null;
    wal.swapIfDurable();
  }

  /** Forgets the open transaction, if there is one, and what it was said to make durable. */
  public void rollback() throws IOException {
    WriteTransaction open = transaction;
    transaction = null;
    durableFrameNo = 0;
    if (open != null) {
      open.close();
      wal.swapIfDurable(); // a checkpoint that ended meanwhile could not
    }
  }

  /** Rolls back. The log stays open. */
  @Override
  public void close() throws IOException {
    rollback();
  }

  private WriteTransaction open() {
    if (transaction == null) {
      throw new IllegalStateException(wal.namespace() + ": no transaction is open");
    }
    return transaction;
  }
}

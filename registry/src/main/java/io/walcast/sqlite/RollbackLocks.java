package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.time.Duration;

/**
 * SQLite's locks on a database with a rollback journal: bytes of the database file, in the page at
 * 1 GiB that holds nothing else.
 *
 * <pre>
 *   0x40000000  1 byte     pending: who holds it lets no new reader in
 *   0x40000001  1 byte     reserved: the one writer; a journal beside it is not hot
 *   0x40000002  510 bytes  shared by every reader for its transaction; exclusive: the file changes
 * </pre>
 *
 * <p>Used by one thread at a time.
 */
final class RollbackLocks implements Closeable {

  private static final long PENDING = 0x4000_0000L;
  private static final long RESERVED = PENDING + 1;
  private static final long SHARED = PENDING + 2;
  private static final int SHARED_LENGTH = 510;

  private final Io io;
  private final StorageFile file;
  private final Duration atMost;
  private FileLock reserved;
  private FileLock pending;
  private FileLock exclusive;

  RollbackLocks(Io io, StorageFile database, Duration atMost) {
    this.io = io;
    this.file = database;
    this.atMost = atMost;
  }

  /** Becomes the one writer; readers come and go as before. */
  void reserve() throws IOException {
    reserved = await(new LockWait(io, atMost), RESERVED, 1, "the reserved byte");
  }

  /**
   * Lets no new reader in, and waits for those that are there.
   *
   * @throws DatabaseLockedException if they stay; new ones are let in again then
   */
  void exclude() throws IOException {
    LockWait wait = new LockWait(io, atMost);
    try {
      pending = await(wait, PENDING, 1, "the pending byte");
      exclusive = await(wait, SHARED, SHARED_LENGTH, "a shared lock, reading,");
    } finally {
      if (exclusive == null) {
        pending = release(pending);
      }
    }
  }

  private FileLock await(LockWait wait, long from, int length, String what) throws IOException {
    while (true) {
      FileLock lock = file.tryLock(from, length, false);
      if (lock != null) {
        return lock;
      }
      wait.againOrFail(file.path(), what);
    }
  }

  private static FileLock release(FileLock lock) throws IOException {
    if (lock != null) {
      lock.release();
    }
    return null;
  }

  /** Gives everything up. */
  @Override
  public void close() throws IOException {
    exclusive = release(exclusive);
    pending = release(pending);
    reserved = release(reserved);
  }
}

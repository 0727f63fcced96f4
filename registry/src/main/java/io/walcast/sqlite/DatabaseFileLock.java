package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.channels.FileLock;

/**
 * SQLite's SHARED lock on a database file. While it is held no other connection can become the last
 * one to close, which would delete {@code -wal} and {@code -shm}, nor change the journal mode.
 *
 * <p>Thread-safe.
 */
final class DatabaseFileLock {

  private static final long PENDING_BYTE = 0x4000_0000L;
  private static final long SHARED_FIRST = PENDING_BYTE + 2;
  private static final long SHARED_LENGTH = 510;

  private final StorageFile database;
  private FileLock shared;

  DatabaseFileLock(StorageFile database) {
    this.database = database;
  }

  synchronized boolean isHeld() {
    return shared != null;
  }

  /** Takes it unless it is held; {@code false} if somebody has the file exclusively. */
  synchronized boolean tryHold() throws IOException {
    if (shared != null) {
      return true;
    }
    // As SQLite does: a writer that waits for readers to leave holds PENDING and must not starve.
    FileLock pending = database.tryLock(PENDING_BYTE, 1, true);
    if (pending == null) {
      return false;
    }
    try {
      shared = database.tryLock(SHARED_FIRST, SHARED_LENGTH, true);
    } finally {
      pending.release();
    }
    return shared != null;
  }

  synchronized void release() throws IOException {
    if (shared != null) {
      FileLock held = shared;
      shared = null;
      held.release();
    }
  }
}

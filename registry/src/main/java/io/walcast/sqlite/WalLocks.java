package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;

/**
 * SQLite's WAL locks: one byte each of the {@code -shm} file.
 *
 * <pre>
 *   120  write              the one writer; also held while the wal-index is rebuilt or grown
 *   121  checkpoint         the one checkpointer
 *   122  recover            the wal-index is being rebuilt
 *   123  read slot 0        shared: a reader that reads the database file only
 *   124..127  slots 1..4    shared: a reader of frames up to the slot's mark; exclusive: sets the mark
 *   128  attached (DMS)     shared by every connection for as long as it is open
 * </pre>
 *
 * <p>Thread-safe. Locks that another part of this process holds count as held by somebody else.
 */
public final class WalLocks {

  /** The writer's byte. */
  public static final int WRITE = 120;

  /** The checkpointer's byte. */
  public static final int CHECKPOINT = 121;

  /** The byte that is held while the wal-index is rebuilt. */
  public static final int RECOVER = 122;

  /** The byte of read slot 0; slot n is n bytes further. */
  public static final int READ_0 = 123;

  /** Number of read slots. */
  public static final int READ_SLOTS = 5;

  /** The byte that every attached connection shares; SQLite calls it DMS. */
  public static final int ATTACHED = 128;

  private final Io io;
  private final StorageFile shm;
  private final Path database;

  WalLocks(Io io, StorageFile shm, Path database) {
    this.io = io;
    this.shm = shm;
    this.database = database;
  }

  /** Takes {@code count} bytes from {@code first} exclusively, or returns {@code null}. */
  public FileLock tryExclusive(int first, int count) throws IOException {
    return shm.tryLock(first, count, false);
  }

  /** Takes one byte exclusively, or returns {@code null}. */
  public FileLock tryExclusive(int lockByte) throws IOException {
    return shm.tryLock(lockByte, 1, false);
  }

  /** Shares one byte, or returns {@code null}. */
  public FileLock tryShared(int lockByte) throws IOException {
    return shm.tryLock(lockByte, 1, true);
  }

  /**
   * Takes bytes exclusively.
   *
   * @throws DatabaseLockedException naming the database, when the time is up
   */
  public FileLock awaitExclusive(int first, int count, Duration atMost) throws IOException {
    LockWait wait = new LockWait(io, atMost);
    while (true) {
      FileLock lock = shm.tryLock(first, count, false);
      if (lock != null) {
        return lock;
      }
      wait.againOrFail(database, "byte " + first + " of its -shm file");
    }
  }
}

package io.walcast.sqlite;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/**
 * Puts a database with a rollback journal into WAL mode, as {@code PRAGMA journal_mode=WAL} does:
 * alone, with SQLite's exclusive lock on the file. One write within the file's first sector changes
 * the versions at 18 and 19, and the change counters at 24 and 92, so that others drop their
 * caches.
 *
 * <p>The caller has claimed {@link io.walcast.io.FileOwnership} of the database and has no other
 * channel to it open.
 */
public final class JournalModeSwitch {

  private static final long PENDING_BYTE = 0x4000_0000L;
  private static final int PENDING_AND_RESERVED = 2;
  private static final int SHARED_LENGTH = 510;
  private static final byte WAL = 2;

  private final Io io;
  private final Path path;

  /** Opens nothing yet. */
  public JournalModeSwitch(Io io, Path database) {
    this.io = io;
    this.path = database;
  }

  /**
   * Switches, unless the database is in use or not left in good order.
   *
   * @throws DatabaseLockedException if a connection reads or writes just now
   * @throws NotADatabaseException if the file is no database
   * @throws NotWalModeException if a journal or a WAL is left beside it, or its size is odd
   */
  public void run() throws IOException {
    try (StorageFile file = io.open(path, Io.OpenMode.READ_WRITE)) { // closing gives up the locks
      FileLock first = file.tryLock(PENDING_BYTE, PENDING_AND_RESERVED, false);
      FileLock second =
          first == null
              ? null
              : file.tryLock(PENDING_BYTE + PENDING_AND_RESERVED, SHARED_LENGTH, false);
      if (second == null) {
        throw new DatabaseLockedException(
            "database " + path + " is in use: it is switched to WAL mode when it is not");
      }
      requireNoLeftover();
      switchMode(file);
      second.release();
      first.release();
    }
  }

  private void requireNoLeftover() throws IOException {
    Path journal = WalConnection.sibling(path, "-journal");
    FileIdentity left = io.identity(journal);
    if (left != null && left.sizeBytes() > 0) {
      throw new NotWalModeException(
          path
              + " is not in WAL mode, and not switched: "
              + journal
              + " may have to be rolled back");
    }
    if (io.exists(WalConnection.walOf(path))) {
      throw new NotWalModeException(
          path + " is not in WAL mode, and not switched: a -wal file is beside it");
    }
  }

  private void switchMode(StorageFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
      // goes on until the header is there, or the file ends
    }
    DatabaseHeader header = DatabaseHeader.parse(bytes.flip(), path);
    if (header.isWal()) {
      return;
    }
    long pages = file.size() / header.pageSize();
    boolean sizeIsValid = header.changeCounter() == header.versionValidFor();
    if (header.writeVersion() != 1
        || header.readVersion() != 1
        || file.size() % header.pageSize() != 0
        || (sizeIsValid && (header.sizePages() <= 0 || header.sizePages() > pages))) {
      throw new NotWalModeException(
          path + " is not in WAL mode, and not switched: its header does not fit its size");
    }
    int change = header.changeCounter() + 1;
    bytes.put(18, WAL).put(19, WAL).putInt(24, change).putInt(92, change);
    if (!sizeIsValid) {
      bytes.putInt(28, (int) pages);
    }
    file.writeFully(bytes, 0);
    file.force(false);
  }
}

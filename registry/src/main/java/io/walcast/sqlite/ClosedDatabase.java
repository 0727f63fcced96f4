package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The file of a WAL-mode database that nobody has open, under SQLite's SHARED lock: as long as it
 * is held, a {@code -wal} file that appears does not go away again. Creates nothing. The caller has
 * claimed {@link io.walcast.io.FileOwnership} of the database and has no other channel to it open.
 * Used by one thread.
 */
public final class ClosedDatabase implements Closeable {

  private final StorageFile file;
  private final DatabaseFileLock lock; // referenced for life: a collected lock is forgotten
  private final DatabaseHeader header;

  private ClosedDatabase(StorageFile file, DatabaseFileLock lock, DatabaseHeader header) {
    this.file = file;
    this.lock = lock;
    this.header = header;
  }

  /**
   * Opens and locks the file.
   *
   * @throws NotADatabaseException if the file is something else
   * @throws NotWalModeException if it is in another journal mode
   * @throws DatabaseLockedException if another connection has it exclusively
   */
  public static ClosedDatabase open(Io io, Path database) throws IOException {
    StorageFile file = io.open(database, Io.OpenMode.READ);
    ClosedDatabase opened = null;
    try {
      DatabaseFileLock lock = new DatabaseFileLock(file);
      if (!lock.tryHold()) {
        throw new DatabaseLockedException(
            "database " + database + " is locked: another connection holds the database file");
      }
      opened = new ClosedDatabase(file, lock, readHeader(file, database));
      return opened;
    } finally {
      if (opened == null) {
        file.close();
      }
    }
  }

  private static DatabaseHeader readHeader(StorageFile file, Path database) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
      // goes on until the header is there, or the file ends
    }
    DatabaseHeader header = DatabaseHeader.parse(bytes.flip(), database);
    if (!header.isWal()) {
      throw new NotWalModeException(
          database + " is not in WAL mode: run PRAGMA journal_mode=WAL in it once");
    }
    return header;
  }

  /** The database file. */
  public StorageFile file() {
    return file;
  }

  /** Its header. */
  public DatabaseHeader header() {
    return header;
  }

  /** Closes the file, which lets the lock go. */
  @Override
  public void close() throws IOException {
    lock.release();
    file.close();
  }
}

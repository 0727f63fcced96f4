package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.sqlite.WalConnection;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Which files a connection has open, and whether the paths still lead to them. Immutable. */
final class AttachedFiles {

  private final Io io;
  private final Path path;
  private final FileIdentity database;
  private final FileIdentity shm;

  /**
   * Of files that have just been opened.
   *
   * @param database the database file
   * @throws NoSuchFileException if the wal-index is gone already
   */
  AttachedFiles(Io io, Path path, FileIdentity database) throws IOException {
    this.io = io;
    this.path = path;
    this.database = database;
    this.shm = io.identity(WalConnection.shmOf(path));
    if (shm == null) {
      throw new NoSuchFileException(WalConnection.shmOf(path).toString());
    }
  }

  /** The database file, as it was when it was opened. */
  FileIdentity database() {
    return database;
  }

  /** Whether the database file is no longer at its path. */
  boolean isReplaced() throws IOException {
    return !database.sameFile(io.identity(path));
  }

  /** Whether the wal-index is no longer at its path: the last user has closed the database. */
  boolean isClosed() throws IOException {
    return !shm.sameFile(io.identity(WalConnection.shmOf(path)));
  }
}

package io.walcast.sqlite;

import io.walcast.io.Io;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How a database that others read is written: by which of SQLite's two journals. A database of the
 * one kind is not opened as the other: page 1 says which it is, and readers keep it.
 */
public enum ReplicaJournal {
  /** The write-ahead log: readers never wait, and must be able to write to the directory. */
  WAL {
    @Override
    ReplicaDatabase open(Io io, Path database, LiveOptions options, Steps steps)
        throws IOException {
      return LiveDatabase.open(io, database, options, steps);
    }

    @Override
    byte version() {
      return 2;
    }
  },

  /**
   * The rollback journal: readers wait while a transaction is written, and need to read the file
   * only, but for the moment after a crash, when someone has to roll back.
   */
  ROLLBACK {
    @Override
    ReplicaDatabase open(Io io, Path database, LiveOptions options, Steps steps)
        throws IOException {
      return RollbackDatabase.open(io, database, options, steps);
    }

    @Override
    byte version() {
      return 1;
    }
  };

  /**
   * Opens an existing database and recovers it if it has to be. A transaction that a killed process
   * had not finished is gone afterwards.
   *
   * @throws java.nio.file.NoSuchFileException if there is no database file
   * @throws NotADatabaseException if the file is something else
   * @throws NotWalModeException if it is of the other kind
   * @throws DatabaseLockedException if another process keeps it locked
   */
  public ReplicaDatabase open(Io io, Path database, LiveOptions options) throws IOException {
    return open(io, database, options, Steps.NONE);
  }

  abstract ReplicaDatabase open(Io io, Path database, LiveOptions options, Steps steps)
      throws IOException;

  /**
   * Puts a database of these pages in place of whatever is there, each written once. It is durable
   * when this returns.
   *
   * @param pages all pages in ascending order, but perhaps the lock-byte page
   * @param pageSize in bytes, a power of two from 512 to 65,536
   * @param sizePages database size in pages
   * @param changeCounter the counter that page 1 gets
   */
  public void create(
      Io io, Path database, PageSource pages, int pageSize, int sizePages, int changeCounter)
      throws IOException {
    create(io, database, pages, pageSize, sizePages, changeCounter, Steps.NONE);
  }

  void create(
      Io io,
      Path database,
      PageSource pages,
      int pageSize,
      int sizePages,
      int changeCounter,
      Steps steps)
      throws IOException {
    if (!DatabaseHeader.isPageSize(pageSize)) {
      throw new IOException("cannot create " + database + " with pages of " + pageSize + " bytes");
    }
    new FreshDatabase(io, database, this, steps).create(pages, pageSize, sizePages, changeCounter);
  }

  /** The read and write version in page 1. */
  abstract byte version();
}

package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Puts an empty one-page WAL-mode database in place. The files of an earlier one go first, its
 * database file before all: a stale {@code -wal} over the new file, or the old file without its
 * {@code -wal}, would be taken for a database that never was.
 */
final class FreshDatabase {

  /** The change counter of a fresh database. */
  static final int CHANGE_COUNTER = 1;

  private static final int SQLITE_VERSION = 3045000;
  private static final byte EMPTY_TABLE_LEAF = 13;

  private final Io io;
  private final Path database;
  private final Steps steps;

  FreshDatabase(Io io, Path database, Steps steps) {
    this.io = io;
    this.database = database;
    this.steps = steps;
  }

  void create(int pageSize) throws IOException {
    Path fresh = WalConnection.sibling(database, "-new");
    try (StorageFile file = io.open(fresh, Io.OpenMode.TRUNCATE)) {
      file.writeFully(firstPage(pageSize), 0);
      file.force(true);
    }
    if (io.exists(database)) {
      io.copyAccess(database, fresh);
    }
    steps.reached("fresh database written");
    io.delete(database);
    for (String suffix : new String[] {"-wal", "-shm", "-journal"}) {
      io.delete(WalConnection.sibling(database, suffix));
      steps.reached("old file deleted");
    }
    io.rename(fresh, database);
    steps.reached("fresh database in place");
    io.syncDirectory(database.toAbsolutePath().getParent());
  }

  /** The database header and an empty schema table, as in SQLite's file format description. */
  private static ByteBuffer firstPage(int pageSize) {
    ByteBuffer page = ByteBuffer.allocate(pageSize).order(ByteOrder.BIG_ENDIAN);
    page.put(0, "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
    page.putShort(16, (short) (pageSize == 65536 ? 1 : pageSize));
    page.put(18, (byte) 2).put(19, (byte) 2); // WAL
    page.put(21, (byte) 64).put(22, (byte) 32).put(23, (byte) 32); // payload fractions, fixed
    page.putInt(24, CHANGE_COUNTER).putInt(28, 1).putInt(92, CHANGE_COUNTER);
    page.putInt(96, SQLITE_VERSION);
    page.put(100, EMPTY_TABLE_LEAF);
    page.putShort(105, (short) pageSize); // cell content starts at the end; 0 means 65,536
    return page;
  }
}

package io.walcast.sqlite;

import io.walcast.io.Io;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A database without a table, of one page, to apply transactions to. */
final class EmptyDatabase implements PageSource {

  private static final int SQLITE_VERSION = 3045000;
  private static final byte EMPTY_TABLE_LEAF = 13;

  private final int pageSize;

  private EmptyDatabase(int pageSize) {
    this.pageSize = pageSize;
  }

  static void create(Io io, Path database, int pageSize) throws IOException {
    create(io, database, ReplicaJournal.WAL, pageSize, Steps.NONE);
  }

  static void create(Io io, Path database, ReplicaJournal journal, int pageSize, Steps steps)
      throws IOException {
    journal.create(
        io,
        database,
        new EmptyDatabase(pageSize),
        pageSize,
        1,
        ReplicaDatabase.FRESH_CHANGE_COUNTER,
        steps);
  }

  @Override
  public int count() {
    return 1;
  }

  @Override
  public int pageNo(int i) {
    return 1;
  }

  /** The database header and an empty schema table, as in SQLite's file format description. */
  @Override
  public void read(int i, ByteBuffer target) {
    ByteBuffer page = ByteBuffer.allocate(pageSize).order(ByteOrder.BIG_ENDIAN);
    page.put(0, "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
    page.putShort(16, (short) (pageSize == 65536 ? 1 : pageSize));
    page.put(21, (byte) 64).put(22, (byte) 32).put(23, (byte) 32); // payload fractions, fixed
    page.putInt(28, 1); // size in pages
    page.putInt(96, SQLITE_VERSION);
    page.put(100, EMPTY_TABLE_LEAF);
    page.putShort(105, (short) pageSize); // cell content starts at the end; 0 means 65,536
    target.put(page.clear());
  }
}

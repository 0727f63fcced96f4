package io.walcast.testkit;

import java.util.List;

/**
 * A connection that lives in a {@link SqliteProcess}. Transactions are what the SQL says: without a
 * BEGIN every statement commits by itself.
 *
 * <p>Any thread may call; calls of one connection run one after the other.
 *
 * <p>Every method throws {@link SqliteException} with SQLite's own code and message.
 */
public final class SqliteConnection implements AutoCloseable {
  private final SqliteProcess process;
  private final String id;

  SqliteConnection(SqliteProcess process, String id) {
    this.process = process;
    this.id = id;
  }

  /** Runs one statement or a whole script; rows are dropped. */
  public void execute(String sql) {
    process.call(id, WireFormat.EXECUTE, sql);
  }

  /** The rows of one statement as text; null for NULL, upper-case hexadecimal for blobs. */
  public List<List<String>> query(String sql) {
    return process.call(id, WireFormat.QUERY, sql);
  }

  /** The first column of the first row. */
  public String queryOne(String sql) {
    List<List<String>> rows = query(sql);
    if (rows.isEmpty()) {
      throw new IllegalStateException("no rows: " + sql);
    }
    return rows.get(0).get(0);
  }

  /** {@link #queryOne} as a number. */
  public long queryLong(String sql) {
    return Long.parseLong(queryOne(sql));
  }

  /**
   * SHA-256 over the schema and every row: equal if and only if the content is. Sees the snapshot
   * of the open transaction, if there is one.
   */
  public String dumpHash() {
    return process.call(id, WireFormat.DUMP_HASH).get(0).get(0);
  }

  /** The pages as this connection sees them, in the open transaction if there is one. */
  public PageImage pageImage() {
    List<String> fields = process.call(id, WireFormat.PAGE_HASHES).get(0);
    return new PageImage(Integer.parseInt(fields.get(0)), fields.subList(1, fields.size()));
  }

  /**
   * What {@code PRAGMA integrity_check} finds wrong; empty for a sound database. Damage that keeps
   * SQLite from even running the check is a finding too.
   */
  public List<String> integrityCheck() {
    try {
      List<String> findings = query("PRAGMA integrity_check").stream().map(r -> r.get(0)).toList();
      return findings.equals(List.of("ok")) ? List.of() : findings;
    } catch (SqliteException e) {
      if (e.code() == SqliteException.CORRUPT || e.code() == SqliteException.NOT_A_DATABASE) {
        return List.of(e.getMessage());
      }
      throw e;
    }
  }

  /** Closes as SQLite does: the last connection of a database folds the WAL in and deletes it. */
  @Override
  public void close() {
    if (process.isAlive()) {
      process.call(id, WireFormat.CLOSE);
    }
  }
}

package io.walcast.testkit;

import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.sqlite.SQLiteConnection;

/**
 * One SQLite connection inside {@link SqliteServer}. JDBC stays in its auto-commit mode, in which
 * it sends no BEGIN or COMMIT of its own: transactions are what the SQL says. Used by one thread.
 */
final class Session {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final SQLiteConnection connection;

  private Session(SQLiteConnection connection) {
    this.connection = connection;
  }

  static Session open(String path, int busyTimeoutMs) throws SQLException {
    Session session =
        new Session((SQLiteConnection) DriverManager.getConnection("jdbc:sqlite:" + path));
    session.connection.setBusyTimeout(busyTimeoutMs);
    return session;
  }

  /** Runs all statements of a script and drops their rows. */
  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // Of JDBC's ways only this one hands the whole text to sqlite3_exec.
      statement.executeUpdate(sql);
    }
  }

  List<List<String>> query(String sql) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return rows;
      }
      try (ResultSet result = statement.getResultSet()) {
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
          List<String> row = new ArrayList<>(columns);
          for (int i = 1; i <= columns; i++) {
            row.add(text(result.getObject(i)));
          }
          rows.add(row);
        }
      }
    }
    return rows;
  }

  String dumpHash() throws SQLException {
    return inSnapshot(() -> new LogicalDump(connection).hash());
  }

  List<String> pageHashes() throws SQLException {
    return inSnapshot(() -> PageHashing.hashes(connection.serialize("main")));
  }

  void close() throws SQLException {
    connection.close();
  }

  /** A savepoint is a transaction of its own, or joins the one the caller has already begun. */
  private <T> T inSnapshot(SqlCall<T> call) throws SQLException {
    execute("SAVEPOINT walcast_testkit");
    try {
      return call.call();
    } finally {
      execute("RELEASE walcast_testkit");
    }
  }

  private static String text(Object value) {
    if (value == null) {
      return null;
    }
    return value instanceof byte[] ? HEX.formatHex((byte[]) value) : value.toString();
  }

  /** Something that talks to the database and gives a result. */
  private interface SqlCall<T> {
    T call() throws SQLException;
  }
}

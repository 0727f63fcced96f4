package io.walcast.testkit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What {@link HostileWriter} does inside its transactions: everything that moves pages about. What
 * an operation does follows from the random numbers and the database's content alone, so that a
 * seed names one history. Used by one thread.
 */
final class HostileOperations {
  private static final int SCRATCH_ROWS = 200;

  private final Connection connection;
  private final Random random;
  private final int pageSize;

  HostileOperations(Connection connection, Random random, int pageSize) {
    this.connection = connection;
    this.random = random;
    this.pageSize = pageSize;
  }

  static List<String> schema() {
    return List.of(
        "CREATE TABLE scratch(id INTEGER PRIMARY KEY, kind TEXT, body BLOB)",
        "CREATE INDEX scratch_kind ON scratch(kind, id)",
        "CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID",
        "CREATE TABLE bulk(id INTEGER PRIMARY KEY, a INTEGER, b TEXT)",
        "CREATE INDEX bulk_b ON bulk(b)");
  }

  /** Keeps the sum of the balances. */
  void transfer() throws SQLException {
    for (int i = random.nextInt(20); i >= 0; i--) {
      int amount = random.nextInt(500);
      int from = 1 + random.nextInt(Ledger.ACCOUNTS);
      int to = 1 + random.nextInt(Ledger.ACCOUNTS);
      execute("UPDATE ledger SET balance = balance - " + amount + " WHERE id = " + from);
      execute("UPDATE ledger SET balance = balance + " + amount + " WHERE id = " + to);
    }
    update("UPDATE ledger SET note = ? WHERE id = 1", blob(200));
  }

  /** Blobs from nothing to twenty overflow pages. */
  void insertBlobs() throws SQLException {
    for (int i = random.nextInt(4); i >= 0; i--) {
      int id = random.nextInt(SCRATCH_ROWS);
      update(
          "INSERT OR REPLACE INTO scratch VALUES (" + id + ", 'k" + id % 7 + "', ?)",
          blob(20 * pageSize));
      update("INSERT OR REPLACE INTO keyed VALUES ('key" + random.nextInt(300) + "', ?)", blob(99));
    }
  }

  void updateBlobs() throws SQLException {
    int low = random.nextInt(SCRATCH_ROWS);
    update(
        "UPDATE scratch SET body = ?, kind = kind || 'x' WHERE id BETWEEN "
            + low
            + " AND "
            + low
            + " + 5",
        blob(8 * pageSize));
    execute("UPDATE scratch SET kind = substr(kind, 1, 2) WHERE length(kind) > 20");
  }

  void deleteBlobs() throws SQLException {
    int low = random.nextInt(SCRATCH_ROWS);
    execute("DELETE FROM scratch WHERE id BETWEEN " + low + " AND " + low + " + 25");
    execute("DELETE FROM keyed WHERE k LIKE 'key" + random.nextInt(10) + "%'");
  }

  /** Far more than the cache holds, so that pages spill into the WAL before the commit. */
  void bulk() throws SQLException {
    execute("DELETE FROM bulk WHERE id % 3 <> " + random.nextInt(3));
    execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + (500 + random.nextInt(1500))
            + ") INSERT INTO bulk(a, b) SELECT i, printf('%08d-"
            + random.nextInt(1000)
            + "', (i * 7919) % 10007) FROM n");
    execute("UPDATE bulk SET a = a + 1 WHERE id % 5 = 0");
    execute(
        "DELETE FROM bulk WHERE id IN (SELECT id FROM bulk ORDER BY id DESC LIMIT -1 OFFSET 6000)");
  }

  void changeSchema() throws SQLException {
    List<String> side = names("SELECT name FROM sqlite_schema WHERE name GLOB 'side_*' ORDER BY 1");
    if (side.size() < 3 || (side.size() < 8 && random.nextBoolean())) {
      String name = "side_" + random.nextInt(1_000_000);
      execute("CREATE TABLE IF NOT EXISTS " + name + "(id INTEGER PRIMARY KEY, a, b)");
      execute("INSERT INTO " + name + "(a, b) SELECT id, kind FROM scratch");
      execute("CREATE INDEX IF NOT EXISTS i" + name + " ON " + name + "(b, a)");
      return;
    }
    String victim = side.get(random.nextInt(side.size()));
    switch (random.nextInt(4)) {
      case 0:
        execute(
            "ALTER TABLE " + victim + " ADD COLUMN c" + random.nextInt(1_000_000) + " DEFAULT 1");
        break;
      case 1:
        execute(
            "ALTER TABLE "
                + victim
                + " RENAME TO side_"
                + (1_000_000 + random.nextInt(1_000_000_000)));
        break;
      case 2:
        execute("DROP INDEX IF EXISTS i" + victim);
        break;
      default:
        execute("DROP TABLE " + victim);
    }
  }

  /** Breaks the invariant as well as it can; only for transactions that are rolled back. */
  void wreck() throws SQLException {
    execute("UPDATE ledger SET balance = balance + 7");
    execute("UPDATE progress SET n = n + 1000");
    execute("DELETE FROM log WHERE seq % 2");
    if (random.nextBoolean()) {
      bulk();
    }
    if (random.nextInt(4) == 0) {
      changeSchema();
    }
  }

  /** Counts the transaction, and keeps the log from growing without end. */
  void record(String what) throws SQLException {
    byte[] payload = blob(random.nextInt(10) == 0 ? 3 * pageSize : 100);
    update("INSERT INTO log SELECT n + 1, '" + what + "', ? FROM progress", payload);
    execute("UPDATE progress SET n = n + 1, bytes = bytes + " + payload.length);
    if (random.nextInt(100) == 0) {
      execute(
          "UPDATE progress SET bytes = bytes"
              + " - (SELECT coalesce(sum(length(payload)), 0) FROM log WHERE seq <= n - 300),"
              + " pruned = max(pruned, n - 300)");
      execute("DELETE FROM log WHERE seq <= (SELECT n - 300 FROM progress)");
    }
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private void update(String sql, byte[] blob) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setBytes(1, blob);
      statement.executeUpdate();
    }
  }

  private List<String> names(String sql) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        names.add(result.getString(1));
      }
    }
    return names;
  }

  private byte[] blob(int limit) {
    byte[] bytes = new byte[random.nextInt(limit)];
    random.nextBytes(bytes);
    return bytes;
  }
}

package io.walcast.examples;

import io.walcast.testkit.SqliteConnection;
import java.util.Random;

/**
 * One database of the demo and the application that writes to it: orders that come, change, are
 * cancelled and looked at again. The SQL runs in another process. Used by one thread at a time.
 */
final class DemoDatabase implements AutoCloseable {
  private static final String SCHEMA =
      """
      PRAGMA journal_mode = WAL;
      CREATE TABLE entries(
        id INTEGER PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL, note BLOB);
      CREATE INDEX entries_by_customer ON entries(customer);
      CREATE TABLE totals(customer TEXT PRIMARY KEY, cents INTEGER NOT NULL) WITHOUT ROWID;
      """;

  private final Random random;
  private final SqliteConnection connection;
  private int transactions;

  DemoDatabase(SqliteConnection connection, long seed) {
    this.connection = connection;
    this.random = new Random(seed);
  }

  /** Makes the tables, and some rows that are there before anybody looks. */
  void create(int rows) {
    connection.execute(SCHEMA);
    StringBuilder sql = new StringBuilder("BEGIN;");
    for (int i = 0; i < rows; i++) {
      sql.append(insert(200));
    }
    connection.execute(sql.append("COMMIT;").toString());
  }

  /** One transaction of some kind. */
  void write() {
    transactions++;
    switch (random.nextInt(12)) {
      case 0 -> connection.execute("DELETE FROM entries WHERE id % 97 = " + random.nextInt(97));
      case 1 -> connection.execute("BEGIN;" + insert(20_000) + insert(100) + "COMMIT;");
      case 2 -> connection.execute("BEGIN;" + insert(5_000) + "ROLLBACK;");
      case 3 -> changeSchema();
      case 4, 5 ->
          connection.execute(
              "UPDATE entries SET cents = cents + 1, note = randomblob("
                  + random.nextInt(400)
                  + ") WHERE id % 53 = "
                  + random.nextInt(53));
      default -> connection.execute("BEGIN;" + insert(200) + insert(200) + "COMMIT;");
    }
  }

  int transactions() {
    return transactions;
  }

  private String insert(int noteBytes) {
    String customer = "'customer " + random.nextInt(50) + "'";
    int cents = random.nextInt(100_000);
    return """
           INSERT INTO entries(customer, cents, note) VALUES (%1$s, %2$d, randomblob(%3$d));
           INSERT INTO totals VALUES (%1$s, %2$d)
             ON CONFLICT(customer) DO UPDATE SET cents = cents + excluded.cents;
           """
        .formatted(customer, cents, noteBytes);
  }

  private void changeSchema() {
    String table = "extra_" + random.nextInt(5);
    connection.execute(
        random.nextBoolean()
            ? "DROP TABLE IF EXISTS " + table
            : "CREATE TABLE IF NOT EXISTS "
                + table
                + " AS SELECT id, cents FROM entries LIMIT 200");
  }

  /** As the application would, when it ends. */
  @Override
  public void close() {
    connection.close();
  }
}

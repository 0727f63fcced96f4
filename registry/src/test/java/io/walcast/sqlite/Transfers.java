package io.walcast.sqlite;

import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/** Transactions that each move money between two tables: a reader always finds the same sum. */
public final class Transfers {

  /** The sum over both tables, in any snapshot. */
  public static final String SUM =
      "SELECT (SELECT sum(balance) FROM left_side) + (SELECT sum(balance) FROM right_side)";

  public static final String TOTAL = "20000";

  private static final int PAGE_SIZE = 1024;

  private Transfers() {}

  /** The creation of the tables, then {@code count} transfers; the WAL may start anywhere. */
  public static List<Primary.Transaction> record(SqliteProcess sqlite, Path path, int count)
      throws IOException {
    try (Primary primary = new Primary(sqlite, path, PAGE_SIZE)) {
      createTables(primary.connection);
      for (int i = 0; i < count; i++) {
        transfer(primary.connection, i, "");
      }
      return primary.transactions();
    }
  }

  /** The same, of which each fourth makes the database larger and each fourth smaller again. */
  public static List<Primary.Transaction> recordWithSizes(
      SqliteProcess sqlite, Path path, int count) throws IOException {
    try (Primary primary = new Primary(sqlite, path, PAGE_SIZE)) {
      primary.connection.query("PRAGMA auto_vacuum=FULL");
      primary.connection.execute("VACUUM");
      createTables(primary.connection);
      for (int i = 0; i < count; i++) {
        String and =
            switch (i % 4) {
              case 1 -> "CREATE TABLE more AS SELECT randomblob(9000);";
              case 3 -> "DROP TABLE more;";
              default -> "";
            };
        transfer(primary.connection, i, and);
      }
      return primary.transactions();
    }
  }

  private static void createTables(SqliteConnection writer) {
    writer.execute(
        "BEGIN;"
            + "CREATE TABLE left_side(id INTEGER PRIMARY KEY, balance INT, filler BLOB);"
            + "CREATE TABLE right_side(id INTEGER PRIMARY KEY, balance INT, filler BLOB);"
            + "INSERT INTO left_side WITH RECURSIVE n(i) AS"
            + " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
            + " SELECT i, 100, randomblob(60) FROM n;"
            + "INSERT INTO right_side SELECT * FROM left_side;"
            + "COMMIT");
  }

  private static void transfer(SqliteConnection writer, int i, String and) {
    writer.execute(
        "BEGIN;"
            + "UPDATE left_side SET balance = balance - 7 WHERE id = "
            + (1 + i % 100)
            + ";UPDATE right_side SET balance = balance + 7 WHERE id = "
            + (1 + i * 7 % 100)
            + ";"
            + and
            + "COMMIT");
  }

  /** The state after the first {@code count} transactions, as one. */
  public static Primary.Transaction snapshot(List<Primary.Transaction> transactions, int count) {
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    for (Primary.Transaction transaction : transactions.subList(0, count)) {
      pages.putAll(transaction.pages());
      pages.tailMap(transaction.sizeAfter(), false).clear();
    }
    return new Primary.Transaction(pages, transactions.get(count - 1).sizeAfter());
  }
}

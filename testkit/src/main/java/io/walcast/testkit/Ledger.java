package io.walcast.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables in which {@link WriterWorkload} keeps the invariant that {@link InvariantReader}
 * checks, all in one read transaction:
 *
 * <ul>
 *   <li>the balances in {@code ledger} always add up to the same;
 *   <li>{@code progress.n} counts the transactions that committed, never goes back, and equals the
 *       rows in {@code log} plus those that were pruned from it;
 *   <li>{@code progress.bytes} is the size of all payloads in {@code log}.
 * </ul>
 *
 * <p>Runs in the children. Stateless.
 */
final class Ledger {
  static final int ACCOUNTS = 100;
  static final long TOTAL = ACCOUNTS * 1_000L;

  private Ledger() {}

  static List<String> schema() {
    return List.of(
        "CREATE TABLE ledger(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, note BLOB)",
        "WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM a WHERE i < "
            + ACCOUNTS
            + ") INSERT INTO ledger SELECT i, 1000, NULL FROM a",
        "CREATE TABLE log(seq INTEGER PRIMARY KEY, what TEXT NOT NULL, payload BLOB NOT NULL)",
        "CREATE INDEX log_what ON log(what, seq)",
        "CREATE TABLE progress(n INTEGER NOT NULL, pruned INTEGER NOT NULL, bytes INTEGER NOT NULL)",
        "INSERT INTO progress VALUES (0, 0, 0)");
  }

  /** What one read transaction sees; the caller holds it open around this. */
  static Observation observe(Connection connection) throws SQLException {
    long[] progress = row(connection, "SELECT n, pruned, bytes FROM progress");
    long[] log =
        row(
            connection,
            "SELECT count(*), coalesce(max(seq), 0), coalesce(sum(length(payload)), 0) FROM log");
    long[] ledger = row(connection, "SELECT count(*), sum(balance) FROM ledger");
    List<String> wrong = new ArrayList<>();
    compare(wrong, "accounts", ACCOUNTS, ledger[0]);
    compare(wrong, "sum of balances", TOTAL, ledger[1]);
    compare(wrong, "rows in log", progress[0] - progress[1], log[0]);
    compare(wrong, "newest row in log", progress[0], log[1]);
    compare(wrong, "bytes in log", progress[2], log[2]);
    return new Observation(progress[0], wrong);
  }

  private static void compare(List<String> wrong, String what, long expected, long actual) {
    if (expected != actual) {
      wrong.add(what + ": " + actual + " and not " + expected);
    }
  }

  private static long[] row(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      long[] row = new long[result.getMetaData().getColumnCount()];
      for (int i = 0; i < row.length; i++) {
        row[i] = result.getLong(i + 1);
      }
      return row;
    }
  }

  /**
   * @param n the transactions committed so far
   * @param wrong how the invariant is broken; empty if it holds
   */
  record Observation(long n, List<String> wrong) {}
}

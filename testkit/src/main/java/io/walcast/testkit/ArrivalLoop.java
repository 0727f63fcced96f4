package io.walcast.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * The main of the child process behind {@link ArrivalReader}. Argument: the database.
 * Single-threaded.
 */
final class ArrivalLoop {
  private static final long PAUSE_NS = 200_000;

  private final ChildConsole console = new ChildConsole();

  public static void main(String[] args) throws Exception {
    new ArrivalLoop().run(args[0]);
  }

  private void run(String database) throws SQLException {
    long seen = 0;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        PreparedStatement newest = connection.prepareStatement("SELECT max(id) FROM load")) {
      while (!console.stopAsked()) {
        long id = only(newest);
        if (id != seen) {
          seen = id;
          console.finding(id + " " + System.nanoTime());
        }
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
    console.result(new Report().with("seen", seen));
  }

  private static long only(PreparedStatement query) throws SQLException {
    try (ResultSet result = query.executeQuery()) {
      return result.next() ? result.getLong(1) : 0;
    }
  }
}

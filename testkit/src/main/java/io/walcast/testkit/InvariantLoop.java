package io.walcast.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;

/**
 * The main of the child process behind {@link InvariantReader}. Arguments: the database, reads
 * between reopening the connection, reads between integrity checks. Single-threaded.
 */
final class InvariantLoop {
  private final ChildConsole console = new ChildConsole();
  private final Report report =
      new Report()
          .with("reads", 0)
          .with("violations", 0)
          .with("errors", 0)
          .with("integrityChecks", 0)
          .with("maxWaitMs", 0)
          .with("lastN", -1);
  private final Path database;
  private final int readsPerConnection;
  private final int readsPerCheck;
  private Connection connection;

  private InvariantLoop(Path database, int readsPerConnection, int readsPerCheck) {
    this.database = database;
    this.readsPerConnection = readsPerConnection;
    this.readsPerCheck = readsPerCheck;
  }

  public static void main(String[] args) throws Exception {
    new InvariantLoop(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2])).run();
  }

  private void run() throws SQLException, InterruptedException {
    while (!console.stopAsked()) {
      try {
        if (read()) {
          console.progress(report);
        } else {
          TimeUnit.MILLISECONDS.sleep(10);
        }
      } catch (SQLException e) {
        report.count("errors");
        console.finding("error after read " + report.get("reads") + ": " + e.getMessage());
        close();
        // An error that lasts should be one line a moment and not ten thousand.
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    close();
    console.result(report);
  }

  /** False if there is nothing to read yet. */
  private boolean read() throws SQLException {
    if (connection == null && !open()) {
      return false;
    }
    long reads = report.get("reads");
    long start = System.nanoTime();
    execute("BEGIN");
    if (reads == 0 && !hasTables()) {
      close();
      return false;
    }
    Ledger.Observation seen = Ledger.observe(connection);
    long waitMs = (System.nanoTime() - start) / 1_000_000;
    seen.wrong().forEach(this::violation);
    if (seen.n() < report.get("lastN")) {
      violation("progress went back from " + report.get("lastN") + " to " + seen.n());
    }
    report.with("reads", reads + 1).with("lastN", seen.n());
    report.with("maxWaitMs", Math.max(report.get("maxWaitMs"), waitMs));
    if (reads % readsPerCheck == readsPerCheck - 1) {
      checkIntegrity();
    }
    execute("COMMIT");
    if (reads % readsPerConnection == readsPerConnection - 1) {
      close();
    }
    return true;
  }

  private boolean open() throws SQLException {
    if (!Files.exists(database)) {
      return false;
    }
    // mode=rw: a reader that comes too early must not create the file.
    connection =
        DriverManager.getConnection(
            "jdbc:sqlite:file:" + database.toUri().getRawPath() + "?mode=rw");
    execute("PRAGMA busy_timeout = 10000");
    return true;
  }

  private boolean hasTables() throws SQLException {
    return number("SELECT count(*) FROM sqlite_schema WHERE name IN ('ledger', 'progress', 'log')")
        == 3;
  }

  private void checkIntegrity() throws SQLException {
    report.count("integrityChecks");
    String pragma = report.get("integrityChecks") % 4 == 0 ? "integrity_check" : "quick_check";
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("PRAGMA " + pragma)) {
      while (result.next()) {
        if (!result.getString(1).equals("ok")) {
          violation(pragma + ": " + result.getString(1));
        }
      }
    }
  }

  private void violation(String text) {
    report.count("violations");
    console.finding("violation at read " + report.get("reads") + ": " + text);
  }

  private void close() throws SQLException {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.getLong(1);
    }
  }
}

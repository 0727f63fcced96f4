package io.walcast.testkit;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

/**
 * The main of the child process behind {@link UpdateLoad}. Arguments: database, rows, rows in a
 * transaction, transactions, frames for an automatic checkpoint or 0 for none. Single-threaded.
 */
final class UpdateLoop {
  private static final int BYTES = 3_600; // a row fills a page of 4,096 bytes
  private static final int BLOBS = 64;
  private static final long SEED = 7;

  private final Connection connection;
  private final Random random = new Random(SEED);
  private final byte[][] blobs = new byte[BLOBS][BYTES];

  private UpdateLoop(String database) throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    for (byte[] blob : blobs) {
      random.nextBytes(blob);
    }
  }

  public static void main(String[] args) throws Exception {
    new UpdateLoop(args[0])
        .run(
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]),
            Integer.parseInt(args[3]),
            Integer.parseInt(args[4]));
    Runtime.getRuntime().halt(0); // closing would fold the WAL in
  }

  private void run(int rows, int rowsPerTransaction, int transactions, int autoCheckpoint)
      throws SQLException {
    ChildConsole console = new ChildConsole();
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    execute("PRAGMA wal_autocheckpoint = " + autoCheckpoint);
    connection.setAutoCommit(false);
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE load SET b = ? WHERE id = ?")) {
      long start = System.nanoTime();
      for (int i = 0; i < transactions; i++) {
        int first = random.nextInt(rows);
        for (int j = 0; j < rowsPerTransaction; j++) {
          byte[] blob = blobs[random.nextInt(BLOBS)];
          ByteBuffer.wrap(blob).putInt(0, i).putInt(4, j); // never what the row has: no write then
          update.setBytes(1, blob);
          update.setInt(2, 1 + (first + j) % rows);
          update.executeUpdate();
        }
        connection.commit();
      }
      console.result(new Report().with("elapsedNs", System.nanoTime() - start));
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

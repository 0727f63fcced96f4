package io.walcast.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.sqlite.SQLiteConnection;

/**
 * The main of the child process behind {@link RecordingReader}. Arguments: the database, the pause
 * between views in microseconds. Single-threaded.
 *
 * <p>Which commit a read transaction sees is told by the wal-index: when its header is the same
 * before the transaction begins and after its first read, it is the header of what is read.
 */
final class RecordingLoop {
  private static final int HEADER_BYTES = 48;
  private static final int CHANGE = 8;

  private final ChildConsole console = new ChildConsole();
  private final Report report = new Report().with("views", 0);
  private final SQLiteConnection connection;
  private final MappedByteBuffer index;

  @SuppressWarnings("resource") // closing any descriptor of -shm would undo SQLite's locks on it
  private RecordingLoop(String database) throws SQLException, IOException {
    connection = (SQLiteConnection) DriverManager.getConnection("jdbc:sqlite:" + database);
    execute("PRAGMA busy_timeout = 10000");
    execute("PRAGMA journal_mode = WAL"); // reads it, and so creates -shm
    execute("SELECT count(*) FROM sqlite_schema");
    index =
        new RandomAccessFile(database + "-shm", "r")
            .getChannel()
            .map(FileChannel.MapMode.READ_ONLY, 0, 2 * HEADER_BYTES);
  }

  public static void main(String[] args) throws Exception {
    RecordingLoop loop = new RecordingLoop(args[0]);
    long pauseMicros = Long.parseLong(args[1]);
    while (!loop.console.stopAsked()) {
      loop.view();
      TimeUnit.MICROSECONDS.sleep(pauseMicros);
    }
    loop.console.result(loop.report);
    Runtime.getRuntime().halt(0); // nothing may close the connection: it could fold the WAL in
  }

  private void view() throws SQLException {
    byte[] before = header();
    execute("BEGIN");
    execute("SELECT count(*) FROM sqlite_schema");
    byte[] after = header();
    if (before != null && Arrays.equals(before, after)) {
      byte[] database = connection.serialize("main");
      int stored = ByteBuffer.wrap(database).getShort(16) & 0xffff;
      int pageSize = stored == 1 ? 65536 : stored;
      int change = ByteBuffer.wrap(before).order(ByteOrder.nativeOrder()).getInt(CHANGE);
      console.finding(
          change + " " + database.length / pageSize + " " + PageSum.ofDatabase(database, pageSize));
      report.count("views");
      console.progress(report);
    }
    execute("COMMIT");
  }

  /** Null while a writer is between the two copies. */
  private byte[] header() {
    byte[] first = new byte[HEADER_BYTES];
    byte[] second = new byte[HEADER_BYTES];
    index.get(0, first);
    index.get(HEADER_BYTES, second);
    return Arrays.equals(first, second) ? first : null;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * A database that stock SQLite writes and that never checkpoints, so that its WAL holds every
 * transaction for the test to read.
 */
public final class Primary implements AutoCloseable {

  /** One committed transaction: the newest version of each page. */
  public record Transaction(TreeMap<Integer, byte[]> pages, List<Integer> numbers, int sizeAfter)
      implements PageSource {

    public Transaction(TreeMap<Integer, byte[]> pages, int sizeAfter) {
      this(pages, List.copyOf(pages.keySet()), sizeAfter);
    }

    @Override
    public int count() {
      return numbers.size();
    }

    @Override
    public int pageNo(int i) {
      return numbers.get(i);
    }

    @Override
    public void read(int i, ByteBuffer target) {
      target.put(pages.get(pageNo(i)));
    }
  }

  public final SqliteConnection connection;
  public final int pageSize;
  private final Path path;

  public Primary(SqliteProcess sqlite, Path path, int pageSize) {
    this.path = path;
    this.pageSize = pageSize;
    this.connection = sqlite.open(path);
    connection.execute("PRAGMA page_size=" + pageSize);
    connection.query("PRAGMA journal_mode=WAL");
    connection.query("PRAGMA wal_autocheckpoint=0");
    connection.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INT, note BLOB)");
  }

  /** Everything committed so far, the first being what the database file itself holds. */
  public List<Transaction> transactions() throws IOException {
    return transactions(path, pageSize);
  }

  /** The same of a database that a process has left so. */
  public static List<Transaction> transactions(Path path, int pageSize) throws IOException {
    List<Transaction> found = new ArrayList<>();
    byte[] file = Files.readAllBytes(path);
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    for (int i = 0; i < file.length / pageSize; i++) {
      pages.put(i + 1, Arrays.copyOfRange(file, i * pageSize, (i + 1) * pageSize));
    }
    found.add(new Transaction(pages, pages.size()));
    try (StorageFile wal = new StandardIo().open(WalConnection.walOf(path), Io.OpenMode.READ)) {
      WalHeader header = WalHeader.read(wal).orElseThrow();
      int frames = (int) ((wal.size() - WalHeader.LENGTH) / (pageSize + 24));
      addTransactions(
          pageSize,
          new WalFrames(
              wal,
              pageSize,
              header.salt1(),
              header.salt2(),
              header.bigEndianChecksum(),
              1,
              frames,
              header.checksum()),
          found);
    }
    return found;
  }

  private static void addTransactions(int pageSize, WalFrames frames, List<Transaction> found)
      throws IOException {
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    while (frames.next()) {
      byte[] page = new byte[pageSize];
      frames.page().get(page);
      pages.put(frames.pageNo(), page);
      if (frames.sizeAfter() != 0) {
        int size = frames.sizeAfter();
        pages.tailMap(size, false).clear(); // written before the same transaction cut them off
        found.add(new Transaction(pages, size));
        pages = new TreeMap<>();
      }
    }
  }

  /** Inserts, updates, deletes, overflow pages, schema changes, growth and shrinking. */
  public void writeVariety() {
    for (int i = 0; i < 30; i++) {
      connection.execute(
          "INSERT INTO account VALUES(" + i + ", 100, randomblob(" + (i % 5) * pageSize + "))");
    }
    connection.execute("CREATE INDEX by_balance ON account(balance)");
    connection.execute("UPDATE account SET balance = balance + id, note = randomblob(700)");
    connection.execute("DELETE FROM account WHERE id % 3 = 0");
    connection.execute("BEGIN; DELETE FROM account; ROLLBACK");
    connection.execute("CREATE TABLE big(a, b); INSERT INTO big VALUES(1, randomblob(200000))");
    connection.execute("DROP TABLE big");
    connection.execute("VACUUM");
    connection.execute("INSERT INTO account SELECT id + 1000, balance, note FROM account");
  }

  @Override
  public void close() {
    connection.close();
  }
}

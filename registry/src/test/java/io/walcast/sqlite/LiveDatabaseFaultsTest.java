package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call to the file system fails in turn. */
class LiveDatabaseFaultsTest {

  private static SqliteProcess sqlite;

  @TempDir Path directory;

  @BeforeAll
  static void startSqlite() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  /** Fails one call, counted from when it was told to. */
  private static final class OneFailure implements HookedIo.Hook {
    private int left = -1;
    private String failed = "";

    void failAfter(int calls) {
      left = calls;
      failed = "";
    }

    @Override
    public void before(String operation, Path path) throws IOException {
      if (left >= 0 && left-- == 0) {
        failed = operation + " " + path.getFileName();
        throw new IOException("No space left on device: " + failed);
      }
    }
  }

  @Test
  void failedApplyShowsNothingAndTheNextOneWorks() throws Exception {
    List<Primary.Transaction> transfers =
        Transfers.record(sqlite, directory.resolve("primary.db"), 120);
    Path replica = directory.resolve("replica.db");
    EmptyDatabase.create(new StandardIo(), replica, 1024);
    OneFailure fault = new OneFailure();
    LiveOptions options = new LiveOptions(12, 1000, Duration.ZERO, Duration.ofSeconds(5));
    List<String> failures = new ArrayList<>();
    try (LiveDatabase live = LiveDatabase.open(new HookedIo(fault), replica, options);
        SqliteConnection reader = sqlite.open(replica)) {
      int counter = 1;
      for (int i = 0; i < transfers.size(); i++) {
        Primary.Transaction transaction = transfers.get(i);
        if (i > 2) {
          byte[] before = contentOf(live);
          fault.failAfter(i % 30);
          try {
            live.apply(transaction, transaction.sizeAfter(), ++counter);
          } catch (IOException e) {
            failures.add(fault.failed);
            fault.failAfter(-1);
            counter--;
            assertThat(contentOf(live)).as(fault.failed).isEqualTo(before);
            assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
            live.apply(transaction, transaction.sizeAfter(), ++counter);
          }
          fault.failAfter(-1);
        } else {
          live.apply(transaction, transaction.sizeAfter(), ++counter);
        }
        assertThat(live.changeCounter()).isEqualTo(counter);
      }
      assertThat(reader.integrityCheck()).isEmpty();
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      assertThat(live.counters().checkpointFailures()).isPositive();
      assertThat(live.drain(Duration.ofSeconds(5))).isTrue();
    }
    assertThat(failures).contains("write replica.db-wal", "lock replica.db-shm");
    assertThat(failures).contains("second half of write replica.db-wal");
    assertThat(sqlite.dumpHash(replica))
        .isEqualTo(sqlite.dumpHash(directory.resolve("primary.db")));
  }

  private static byte[] contentOf(LiveDatabase live) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(live.sizePages() * live.pageSize());
    for (int pageNo = 1; pageNo <= live.sizePages(); pageNo++) {
      live.readPage(pageNo, all);
    }
    return all.array();
  }

  @Test
  void creatingInPlaceOfAnotherDatabaseTakesItsWalAway() throws Exception {
    Path replica = directory.resolve("replica.db");
    SqliteProcess doomed = SqliteProcess.start();
    SqliteConnection old = doomed.open(replica);
    old.query("PRAGMA journal_mode=WAL");
    old.execute("CREATE TABLE stale(a)");
    doomed.kill();
    assertThat(WalConnection.walOf(replica)).isNotEmptyFile();
    EmptyDatabase.create(new StandardIo(), replica, 4096);
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.query("SELECT name FROM sqlite_schema")).isEmpty();
      assertThat(reader.queryOne("PRAGMA journal_mode")).isEqualTo("wal");
    }
    assertThat(Files.list(directory)).doesNotContain(directory.resolve("replica.db-new"));
  }
}

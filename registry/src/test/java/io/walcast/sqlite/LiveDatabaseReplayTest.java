package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Databases that SQLite wrote, applied transaction by transaction. */
class LiveDatabaseReplayTest {

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

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void replicaEqualsPrimaryAtEveryPageSize(int pageSize) throws Exception {
    Path replica = directory.resolve("replica.db");
    EmptyDatabase.create(new StandardIo(), replica, pageSize);
    LiveOptions options = new LiveOptions(20, 1000, Duration.ofSeconds(1), Duration.ofSeconds(5));
    try (Primary primary = new Primary(sqlite, directory.resolve("primary.db"), pageSize);
        LiveDatabase live = LiveDatabase.open(new StandardIo(), replica, options);
        SqliteConnection reader = sqlite.open(replica)) {
      primary.writeVariety();
      TreeMap<Integer, byte[]> expected = new TreeMap<>();
      int counter = 1;
      for (Primary.Transaction transaction : primary.transactions()) {
        live.apply(transaction, transaction.sizeAfter(), ++counter);
        expected.putAll(transaction.pages());
        expected.tailMap(transaction.sizeAfter(), false).clear();
        assertPages(live, expected, transaction.sizeAfter(), counter);
        assertThat(reader.integrityCheck()).as("after transaction %d", counter).isEmpty();
      }
      assertThat(live.counters().resets()).isPositive();
      assertThat(reader.pageImage().differences(primary.connection.pageImage())).isEmpty();
      assertThat(reader.dumpHash()).isEqualTo(primary.connection.dumpHash());
      assertThat(live.drain(Duration.ofSeconds(5))).isTrue();
      assertThat(replica.toFile().length()).isEqualTo((long) live.sizePages() * pageSize);
    }
    assertThat(sqlite.integrityCheck(replica)).isEmpty();
  }

  private static void assertPages(
      ReplicaDatabase live, TreeMap<Integer, byte[]> expected, int size, int counter)
      throws Exception {
    assertThat(live.sizePages()).isEqualTo(size);
    assertThat(live.changeCounter()).isEqualTo(counter);
    ByteBuffer page = ByteBuffer.allocate(live.pageSize());
    for (int pageNo : expected.tailMap(1, false).keySet()) {
      live.readPage(pageNo, page.clear());
      assertThat(page.array()).as("page %d", pageNo).isEqualTo(expected.get(pageNo));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void aReplicaWithARollbackJournalEqualsItToo(int pageSize) throws Exception {
    Path replica = directory.resolve("replica.db");
    EmptyDatabase.create(new StandardIo(), replica, ReplicaJournal.ROLLBACK, pageSize, Steps.NONE);
    try (Primary primary = new Primary(sqlite, directory.resolve("primary.db"), pageSize);
        ReplicaDatabase live =
            ReplicaJournal.ROLLBACK.open(new StandardIo(), replica, LiveOptions.defaults());
        SqliteConnection reader = sqlite.open(replica)) {
      primary.writeVariety();
      TreeMap<Integer, byte[]> expected = new TreeMap<>();
      int counter = 1;
      for (Primary.Transaction transaction : primary.transactions()) {
        refuse(live, transaction, counter + 1);
        assertThat(live.changeCounter()).as("as before what failed").isEqualTo(counter);
        if (counter > 1) {
          assertPages(live, expected, live.sizePages(), counter);
        }
        live.apply(transaction, transaction.sizeAfter(), ++counter);
        expected.putAll(transaction.pages());
        expected.tailMap(transaction.sizeAfter(), false).clear();
        assertPages(live, expected, transaction.sizeAfter(), counter);
        assertThat(reader.integrityCheck()).as("after transaction %d", counter).isEmpty();
      }
      assertThat(live.isWrittenByOthers()).isFalse();
      assertThat(reader.pageImage().differences(primary.connection.pageImage())).isEmpty();
      assertThat(reader.dumpHash()).isEqualTo(primary.connection.dumpHash());
      assertThat(reader.queryOne("PRAGMA journal_mode")).isEqualTo("delete");
      assertThat(replica.toFile().length()).isEqualTo((long) live.sizePages() * pageSize);
    }
  }

  /** A transaction whose source turns out to be wrong once it is read leaves nothing. */
  private static void refuse(ReplicaDatabase live, Primary.Transaction transaction, int counter) {
    PageSource refused =
        new PageSource() {
          @Override
          public int count() {
            return transaction.count();
          }

          @Override
          public int pageNo(int i) {
            return transaction.pageNo(i);
          }

          @Override
          public void read(int i, ByteBuffer target) {
            transaction.read(i, target);
          }

          @Override
          public void verify() throws IOException {
            throw new IOException("refused on purpose");
          }
        };
    assertThatThrownBy(() -> live.apply(refused, transaction.sizeAfter(), counter))
        .isInstanceOf(IOException.class)
        .hasMessage("refused on purpose");
  }

  @Test
  void walIndexLargerThanOneBlockIsTheOneThatSqliteRebuilds() throws Exception {
    Path replica = directory.resolve("replica.db");
    EmptyDatabase.create(new StandardIo(), replica, 512);
    LiveOptions options = new LiveOptions(100_000, 100_000, Duration.ZERO, Duration.ofSeconds(5));
    try (Primary primary = new Primary(sqlite, directory.resolve("primary.db"), 512);
        LiveDatabase live = LiveDatabase.open(new StandardIo(), replica, options)) {
      for (int i = 0; i < 18; i++) {
        primary.connection.execute("INSERT INTO account VALUES(" + i + ", 1, randomblob(400000))");
      }
      int counter = 1;
      for (Primary.Transaction transaction : primary.transactions()) {
        live.apply(transaction, transaction.sizeAfter(), ++counter);
      }
      assertThat(live.walFrames()).isGreaterThan(2 * 4096 + 4062);
      Path copy = RebuiltIndex.copyWithoutIndex(replica, directory.resolve("copy.db"));
      try (SqliteConnection rebuilder = sqlite.open(copy)) {
        assertThat(rebuilder.integrityCheck()).isEmpty();
        assertThat(rebuilder.dumpHash()).isEqualTo(primary.connection.dumpHash());
        List<String> differences = RebuiltIndex.differences(replica, copy);
        assertThat(differences).isEmpty();
      }
    }
  }
}

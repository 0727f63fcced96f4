package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stock SQLite before, during and after the switch. */
class JournalModeSwitchTest {

  @TempDir Path directory;

  private Path database;

  @BeforeEach
  void path() {
    database = directory.resolve("app.db");
  }

  @Test
  void aReaderWithAWarmCacheGoesOnInWalMode() throws Exception {
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection app = sqlite.open(database)) {
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
      app.execute("INSERT INTO t VALUES (1, 'one')");
      assertThat(app.queryOne("SELECT count(*) FROM t")).isEqualTo("1");

      new JournalModeSwitch(new StandardIo(), database).run();

      assertThat(app.queryOne("SELECT v FROM t")).isEqualTo("one");
      app.execute("INSERT INTO t VALUES (2, 'two')");
      assertThat(Files.size(WalConnection.walOf(database))).isPositive();
      try (SqliteConnection other = sqlite.open(database)) {
        assertThat(other.queryOne("PRAGMA journal_mode")).isEqualTo("wal");
        assertThat(other.queryOne("SELECT count(*) FROM t")).isEqualTo("2");
      }
      assertThat(sqlite.integrityCheck(database)).isEmpty();
    }
  }

  @Test
  void aDatabaseInUseIsLeftAlone() throws Exception {
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection app = sqlite.open(database)) {
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
      byte[] before = Files.readAllBytes(database);
      app.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(() -> new JournalModeSwitch(new StandardIo(), database).run())
          .isInstanceOf(DatabaseLockedException.class)
          .hasMessageContaining("app.db");
      assertThat(Files.readAllBytes(database)).isEqualTo(before);
      app.execute("INSERT INTO t VALUES (1, 'one')");
      app.execute("COMMIT");
      assertThat(app.queryOne("PRAGMA journal_mode")).isEqualTo("delete");
    }
  }

  @Test
  void aHotJournalIsLeftToSqlite() throws Exception {
    try (SqliteProcess victim = SqliteProcess.start()) {
      SqliteConnection app = victim.open(database);
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
      app.query("PRAGMA cache_size=1");
      app.query("PRAGMA cache_spill=1");
      app.execute("BEGIN");
      app.execute(
          "WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM g WHERE x < 300)"
              + " INSERT INTO t(v) SELECT randomblob(3000) FROM g");
      victim.kill();
    }
    assertThatThrownBy(() -> new JournalModeSwitch(new StandardIo(), database).run())
        .isInstanceOf(NotWalModeException.class)
        .hasMessageContaining("-journal");
    try (SqliteProcess sqlite = SqliteProcess.start();
        SqliteConnection app = sqlite.open(database)) {
      assertThat(app.queryOne("SELECT count(*) FROM t")).isEqualTo("0");
      assertThat(sqlite.integrityCheck(database)).isEmpty();
    }
    new JournalModeSwitch(new StandardIo(), database).run();
  }
}

package io.walcast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteProcessTest {
  private static SqliteProcess sqlite;

  @TempDir Path dir;

  @BeforeAll
  static void start() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stop() {
    sqlite.close();
  }

  @Test
  void answersWithTextNullsAndHexadecimalBlobs() {
    try (SqliteConnection c = sqlite.open(dir.resolve("a.db"))) {
      assertThat(c.queryOne("PRAGMA journal_mode = WAL")).isEqualTo("wal");
      c.execute(
          "CREATE TABLE t(a, b, c); INSERT INTO t VALUES (1, NULL, x'00ff'), ('', '\t,ä', 2)");

      assertThat(c.query("SELECT * FROM t"))
          .containsExactly(Arrays.asList("1", null, "00FF"), List.of("", "\t,ä", "2"));
      assertThat(c.query("SELECT * FROM t WHERE 0")).isEmpty();
      assertThat(c.query("UPDATE t SET a = 5")).isEmpty();
      assertThat(c.queryLong("SELECT sum(a) FROM t")).isEqualTo(10);
    }
  }

  @Test
  void errorsCarrySqlitesCodeAndMessage() {
    try (SqliteConnection c = sqlite.open(dir.resolve("a.db"))) {
      c.execute("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)");
      assertThatThrownBy(() -> c.execute("INSERT INTO t VALUES (1)"))
          .isInstanceOfSatisfying(
              SqliteException.class,
              e -> {
                assertThat(e.code()).isEqualTo(19);
                assertThat(e.extendedCode()).isEqualTo(2067);
                assertThat(e).hasMessageContaining("UNIQUE constraint failed: t.a");
              });
    }
  }

  @Test
  void transactionsAreWhatTheSqlSays() {
    Path db = dir.resolve("a.db");
    try (SqliteConnection writer = sqlite.open(db);
        SqliteConnection reader = sqlite.open(db)) {
      writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t(a)");
      writer.execute("BEGIN IMMEDIATE");
      writer.execute("INSERT INTO t VALUES (1)");
      assertThat(reader.queryLong("SELECT count(*) FROM t")).isZero();
      writer.execute("COMMIT");
      assertThat(reader.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
      writer.execute("BEGIN; DELETE FROM t");
      writer.execute("ROLLBACK");
      assertThat(writer.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
    }
  }

  @Test
  void aBlockedConnectionHoldsUpNoOther() throws Exception {
    Path db = dir.resolve("a.db");
    try (SqliteConnection holder = sqlite.open(db);
        SqliteConnection waiter = sqlite.open(db.toString(), 30_000);
        SqliteConnection impatient = sqlite.open(db.toString(), 0)) {
      holder.execute("PRAGMA journal_mode = WAL; CREATE TABLE t(a); BEGIN IMMEDIATE");
      CompletableFuture<Void> waiting =
          CompletableFuture.runAsync(() -> waiter.execute("INSERT INTO t VALUES (2)"));
      assertThatThrownBy(() -> impatient.execute("INSERT INTO t VALUES (3)"))
          .isInstanceOfSatisfying(SqliteException.class, e -> assertThat(e.code()).isEqualTo(5));
      holder.execute("INSERT INTO t VALUES (1)");
      assertThat(waiting).isNotDone();
      holder.execute("COMMIT");
      waiting.get(30, TimeUnit.SECONDS);
      assertThat(holder.queryLong("SELECT count(*) FROM t")).isEqualTo(2);
    }
  }

  @Test
  void aKilledWriterLeavesItsWalAndFailsItsCallers() {
    Path db = dir.resolve("a.db");
    SqliteProcess doomed = SqliteProcess.start();
    SqliteConnection c = doomed.open(db);
    c.execute("PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    c.execute("BEGIN; INSERT INTO t VALUES (2)");
    CompletableFuture<Void> endless =
        CompletableFuture.runAsync(
            () ->
                c.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                        + " SELECT count(*) FROM n"));

    doomed.kill();

    assertThat(doomed.isAlive()).isFalse();
    assertThatThrownBy(endless::join).hasCauseInstanceOf(SqliteException.class);
    assertThatThrownBy(() -> c.execute("SELECT 1"))
        .isInstanceOfSatisfying(
            SqliteException.class,
            e -> assertThat(e.code()).isEqualTo(SqliteException.PROCESS_GONE));
    c.close();
    assertThat(Path.of(db + "-wal")).exists();
    try (SqliteConnection next = sqlite.open(db)) {
      assertThat(next.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
    }
  }

  @Test
  void dumpHashesAgreeExactlyWhenTheContentDoes() {
    String script =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE INDEX i ON t(v);"
            + "CREATE TABLE w(k TEXT, n INT, v, PRIMARY KEY(n, k)) WITHOUT ROWID;"
            + "CREATE TABLE odd(\"a \"\" b\", rowid, g AS (rowid || 'x'));"
            + "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('hello world');"
            + "CREATE VIEW vw AS SELECT * FROM t; INSERT INTO odd VALUES (1, 2);"
            + "INSERT INTO w VALUES ('a', 2, 1.5), ('b', 1, NULL);";
    List<String> inserts =
        List.of(
            "INSERT INTO t VALUES (1, '1')",
            "INSERT INTO t VALUES (1, 1)",
            "INSERT INTO t VALUES (1, 1.0)",
            "INSERT INTO t VALUES (1, x'31')",
            "INSERT INTO t VALUES (1, NULL)",
            "INSERT INTO t VALUES (1, '1' || char(0) || 'a')",
            "INSERT INTO t VALUES (1, '1' || char(0) || 'b')",
            "INSERT INTO t VALUES (2, '1')",
            "INSERT INTO w VALUES ('c', 1, 1)",
            "INSERT INTO f VALUES ('more')",
            "PRAGMA user_version = 3",
            "DROP INDEX i");
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < inserts.size(); i++) {
      Path one = dir.resolve(i + "-one.db");
      Path other = dir.resolve(i + "-other.db");
      try (SqliteConnection c = sqlite.open(one);
          SqliteConnection d = sqlite.open(other)) {
        c.execute(script + inserts.get(i));
        // The same content on other pages: another page size, and deleted rows in between.
        d.execute("PRAGMA page_size = 1024; CREATE TABLE gone(a); " + script + inserts.get(i));
        d.execute("DROP TABLE gone; PRAGMA journal_mode = WAL");
        assertThat(d.dumpHash()).isEqualTo(c.dumpHash());
        hashes.add(c.dumpHash());
      }
    }
    assertThat(hashes).doesNotHaveDuplicates();
  }

  @Test
  void pageImagesIgnoreOnlyWhatTheReplicaOwns() throws IOException {
    Path db = dir.resolve("a.db");
    try (SqliteConnection c = sqlite.open(db)) {
      c.execute("PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE t(a)");
      c.execute("INSERT INTO t VALUES (randomblob(3000))");
      c.execute("PRAGMA wal_checkpoint");
      c.execute("INSERT INTO t VALUES (1)");
      PageImage inWal = c.pageImage();
      assertThat(inWal.pageCount()).isEqualTo((int) c.queryLong("PRAGMA page_count"));
      assertThat(inWal.pageSize()).isEqualTo(512);
      c.execute("PRAGMA wal_checkpoint");
      assertThat(c.pageImage()).isEqualTo(inWal);
    }
    PageImage original = sqlite.pageImage(db);
    Path copy = dir.resolve("copy.db");
    for (int owned : new int[] {18, 19, 24, 27, 92, 95}) {
      Files.copy(db, copy);
      flip(copy, owned, owned <= 19 ? 3 : 0xff);
      assertThat(sqlite.pageImage(copy)).isEqualTo(original);
      Files.delete(copy);
    }
    for (int compared : new int[] {43, 96, 99, 600}) {
      Files.copy(db, copy);
      flip(copy, compared, 1);
      assertThat(sqlite.pageImage(copy).differences(original)).containsExactly(compared / 512 + 1);
      Files.delete(copy);
    }
    assertThat(sqlite.integrityCheck(db)).isEmpty();
  }

  @Test
  void integrityCheckReportsDamage() throws IOException {
    Path db = dir.resolve("a.db");
    try (SqliteConnection c = sqlite.open(db)) {
      c.execute("CREATE TABLE t(a); CREATE TABLE u(a); INSERT INTO t VALUES (1)");
    }
    flip(db, 2 * 4096, 0xff);
    assertThat(sqlite.integrityCheck(db)).isNotEmpty();
  }

  private static void flip(Path file, long offset, int bits) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.seek(offset);
      int old = f.read();
      f.seek(offset);
      f.write(old ^ bits);
    }
  }
}

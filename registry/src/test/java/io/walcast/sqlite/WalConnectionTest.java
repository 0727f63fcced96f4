package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteException;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalConnectionTest {

  private static final Duration SHORT = Duration.ofMillis(100);

  @TempDir Path directory;
  private SqliteProcess sqlite;
  private Path database;

  @BeforeEach
  void create() {
    sqlite = SqliteProcess.start();
    database = directory.resolve("a.db");
    try (SqliteConnection connection = sqlite.open(database)) {
      connection.query("PRAGMA journal_mode=WAL");
      connection.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    }
  }

  @AfterEach
  void stop() {
    sqlite.close();
  }

  private WalConnection attach() throws IOException {
    return WalConnection.attach(new StandardIo(), database, SHORT);
  }

  @Test
  void closedDatabaseGetsItsFilesWithItsOwnPermissions() throws Exception {
    Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(WalConnection.walOf(database)).doesNotExist();
    try (WalConnection connection = attach()) {
      assertThat(connection.header().maxFrame()).isZero();
      for (Path file : new Path[] {WalConnection.walOf(database), WalConnection.shmOf(database)}) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-rw-r--");
      }
    }
  }

  @Test
  void keepsOthersFromTheDatabaseFileUntilItLetsGo() throws Exception {
    try (WalConnection connection = attach()) {
      assertThat(connection.holdsDatabase()).isTrue();
      try (SqliteConnection owner = sqlite.open(database.toString(), 50)) {
        owner.query("PRAGMA locking_mode=EXCLUSIVE");
        assertThatThrownBy(() -> owner.execute("INSERT INTO t VALUES(2)"))
            .isInstanceOf(SqliteException.class);
      }
      connection.releaseDatabase();
      assertThat(connection.holdsDatabase()).isFalse();
      try (SqliteConnection owner = sqlite.open(database.toString(), 50)) {
        owner.query("PRAGMA locking_mode=EXCLUSIVE");
        owner.execute("INSERT INTO t VALUES(2)");
        assertThat(connection.tryHoldDatabase()).isFalse();
      }
      assertThat(connection.tryHoldDatabase()).isTrue();
    }
  }

  @Test
  void seesWhatALiveWriterPublishes() throws Exception {
    try (SqliteConnection writer = sqlite.open(database)) {
      writer.execute("INSERT INTO t VALUES(2)");
      try (WalConnection connection = attach()) {
        WalIndexHeader before = connection.index().readHeader();
        writer.execute("INSERT INTO t VALUES(3)");
        WalIndexHeader after = connection.index().readHeader();
        assertThat(after.change()).isEqualTo(before.change() + 1);
        assertThat(after.maxFrame()).isEqualTo(before.maxFrame() + 1);
        assertThat(after.pageSize()).isEqualTo(connection.pageSize());
        assertThat(connection.index().findFrame(2, after.maxFrame())).isEqualTo(after.maxFrame());
        assertThat(connection.index().findFrame(2, before.maxFrame())).isEqualTo(before.maxFrame());
        writer.query("PRAGMA wal_checkpoint");
        assertThat(connection.index().backfilled()).isEqualTo(after.maxFrame());
      }
    }
  }

  @Test
  void rebuildsTheIndexOfACrashedWriterAsSqliteDoes() throws Exception {
    sqlite
        .open(database)
        .execute(
            "INSERT INTO t WITH RECURSIVE n(i) AS"
                + " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
                + " SELECT randomblob(3000) FROM n");
    sqlite.close();
    sqlite = SqliteProcess.start();
    Path copy = RebuiltIndex.copyWithoutIndex(database, directory.resolve("copy.db"));
    try (WalConnection connection = attach();
        SqliteConnection other = sqlite.open(copy)) {
      assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(9001);
      assertThat(connection.header().maxFrame()).isGreaterThan(4062 + 4096);
      assertThat(RebuiltIndex.differences(database, copy)).isEmpty();
    }
  }

  @Test
  void headerInDisorderIsNotRebuiltWhileAWriterIsAtIt() throws Exception {
    sqlite.open(database).execute("BEGIN IMMEDIATE; INSERT INTO t VALUES(2)");
    try (FileChannel shm =
        FileChannel.open(WalConnection.shmOf(database), StandardOpenOption.WRITE)) {
      shm.write(ByteBuffer.allocate(4).putInt(0, 99), 8); // as between the writer's two stores
    }
    assertThatThrownBy(this::attach)
        .isInstanceOf(DatabaseLockedException.class)
        .hasMessageContaining(database.toString());
    sqlite.close(); // the writer dies and takes its lock with it: now the header is bad indeed
    sqlite = SqliteProcess.start();
    try (WalConnection connection = attach()) {
      assertThat(connection.index().readHeader()).isNotNull();
    }
    assertThat(sqlite.integrityCheck(database)).isEmpty();
  }

  @Test
  void saysWhatIsNotAWalDatabase() throws Exception {
    Path missing = directory.resolve("missing.db");
    assertThatThrownBy(() -> WalConnection.attach(new StandardIo(), missing))
        .isInstanceOf(NoSuchFileException.class);
    Path text = Files.writeString(directory.resolve("text.db"), "x".repeat(200));
    assertThatThrownBy(() -> WalConnection.attach(new StandardIo(), text))
        .isInstanceOf(NotADatabaseException.class)
        .hasMessageContaining("text.db");
    Path rollback = directory.resolve("rollback.db");
    try (SqliteConnection connection = sqlite.open(rollback)) {
      connection.execute("CREATE TABLE t(a)");
    }
    assertThatThrownBy(() -> WalConnection.attach(new StandardIo(), rollback))
        .isInstanceOf(NotWalModeException.class)
        .hasMessageContaining("rollback.db");
    for (String name : new String[] {"missing.db-shm", "text.db-shm", "rollback.db-shm"}) {
      assertThat(directory.resolve(name)).doesNotExist();
    }
  }

  @Test
  void exclusiveLockingModeIsAClearError() throws Exception {
    try (SqliteConnection owner = sqlite.open(database)) {
      owner.query("PRAGMA locking_mode=EXCLUSIVE");
      owner.execute("INSERT INTO t VALUES(2)");
      assertThatThrownBy(this::attach)
          .isInstanceOf(DatabaseLockedException.class)
          .hasMessageContaining("database file");
      owner.query("PRAGMA locking_mode=NORMAL");
      owner.execute("INSERT INTO t VALUES(3)");
    }
    attach().close();
  }
}

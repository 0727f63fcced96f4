package io.walcast.checkpoint;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.FileOwnedException;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.registry.LogMismatchException;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.sqlite.Primary;
import io.walcast.storage.NoStorage;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateTargetTest {

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private Path database;
  private WalRegistry registry;

  @BeforeEach
  void place() {
    database = directory.resolve("private.db");
  }

  private SharedWal open() throws IOException {
    registry = RegistryFixture.registry(io, new NoStorage());
    return registry.open(NAMESPACE, PrivateDatabase.open(io, database, PAGE_SIZE, 1));
  }

  private static void fold(SharedWal wal) throws IOException {
    wal.swap();
    wal.checkpoint();
    assertThat(wal.tailLength()).isZero();
  }

  @Test
  void growsShrinksAndGoesOnWhereItWas() throws IOException {
    SharedWal wal = open();
    commit(wal, 3, 1, 1, 2, 3);
    fold(wal);
    commit(wal, 1, 2, 1);
    fold(wal);
    assertThat(Files.size(database)).isEqualTo(PAGE_SIZE + PrivateFooter.LENGTH);
    commit(wal, 4, 3, 2, 4); // page 3, where a footer was, is never written again
    fold(wal);
    commit(wal, 4, 4, 3);
    registry.remove(NAMESPACE);
    SharedWal again = open();
    assertThat(again.checkpointedFrameNo()).isEqualTo(6);
    assertThat(again.lastCommittedFrameNo()).isEqualTo(7);
    assertThat(versions(again, 9)).isEqualTo(of(2, 3, 4, 3));
    assertThat(again.logId()).isEqualTo(wal.logId());
    registry.remove(NAMESPACE);
  }

  @Test
  void aPageThatWasNeverWrittenReadsAsZeros() throws IOException {
    SharedWal wal = open();
    commit(wal, 1, 1, 1);
    fold(wal);
    commit(wal, 4, 2, 4);
    fold(wal);
    for (int pageNo : new int[] {2, 3}) {
      ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
      try (ReadTransaction snapshot = wal.beginRead()) {
        snapshot.readPage(pageNo, page);
      }
      assertThat(page.array()).containsOnly(0);
    }
    registry.remove(NAMESPACE);
  }

  @Test
  void aLogThatNothingWasEverWrittenToCanBeOpenedAgain() throws IOException {
    SharedWal wal = open();
    registry.remove(NAMESPACE);
    SharedWal again = open();
    assertThat(again.logId()).isEqualTo(wal.logId());
    assertThat(again.checkpointedFrameNo()).isZero();
    registry.remove(NAMESPACE);
  }

  @Test
  void aFoldThatFailsOrIsCutOffAnywhereIsRepaired() throws IOException {
    for (boolean forGood : new boolean[] {false, true}) {
      boolean failed = true;
      int faults = 0;
      for (int n = 1; failed; n++) {
        database = directory.resolve(forGood + "-" + n + ".db");
        SharedWal wal = open();
        commit(wal, 3, 1, 1, 2, 3);
        fold(wal);
        commit(wal, 5, 2, 1, 5, 4);
        wal.swap();
        commit(wal, 4, 3, 2);
        wal.swap();
        Map<Integer, Long> expected = of(2, 3, 1, 2);
        io.failFrom(n, forGood ? Long.MAX_VALUE : 1);
        try {
          wal.checkpoint();
        } catch (IOException e) {
          faults++;
        }
        assertThat(versions(wal, 9)).as("fault %d", n).isEqualTo(expected);
        if (forGood) {
          registry.remove(NAMESPACE); // as a crash does: what was not written stays so
        }
        failed = io.heal();
        SharedWal after = forGood ? open() : wal;
        assertThat(after.lastCommittedFrameNo()).isEqualTo(7);
        assertThat(versions(after, 9)).as("after fault %d", n).isEqualTo(expected);
        after.checkpoint();
        assertThat(after.tailLength()).isZero();
        assertThat(versions(after, 9)).isEqualTo(expected);
        registry.remove(NAMESPACE);
      }
      assertThat(faults).isGreaterThan(3);
    }
  }

  @Test
  void aCrashWithAnyPartOfAFoldWrittenIsRepairedFromTheTail() throws IOException {
    SharedWal wal = open();
    commit(wal, 2, 1, 1, 2);
    fold(wal);
    byte[] before = Files.readAllBytes(database);
    commit(wal, 4, 2, 1, 3, 4);
    wal.swap();
    registry.remove(NAMESPACE);
    Path segments = PrivateTarget.walDirectory(database);
    Map<String, byte[]> tail = new TreeMap<>();
    for (Path segment : io.list(segments)) {
      tail.put(segment.getFileName().toString(), Files.readAllBytes(segment));
    }
    SharedWal folding = open();
    folding.checkpoint();
    registry.remove(NAMESPACE);
    byte[] after = Files.readAllBytes(database);
    for (int written = 0; written < after.length; written += 37) {
      byte[] torn = Arrays.copyOf(after, Math.max(written, before.length));
      if (written < before.length) {
        System.arraycopy(before, written, torn, written, before.length - written);
      }
      Files.write(database, torn);
      for (Path left : io.list(segments)) {
        Files.delete(left);
      }
      for (Map.Entry<String, byte[]> segment : tail.entrySet()) {
        Files.write(segments.resolve(segment.getKey()), segment.getValue());
      }
      SharedWal repaired = open();
      assertThat(repaired.checkpointedFrameNo()).as("%d bytes", written).isEqualTo(2);
      assertThat(versions(repaired, 9)).isEqualTo(of(2, 1, 2, 2));
      repaired.checkpoint();
      assertThat(versions(repaired, 9)).isEqualTo(of(2, 1, 2, 2));
      registry.remove(NAMESPACE);
      assertThat(Files.readAllBytes(database)).isEqualTo(after);
    }
  }

  @Test
  void aDamagedFooterWithNothingToRepairItFromIsRefused() throws IOException {
    SharedWal wal = open();
    commit(wal, 2, 1, 1, 2);
    ByteBuffer header = ByteBuffer.allocate(PAGE_SIZE).put("SQLite format 3\0".getBytes("ASCII"));
    try (WriteTransaction transaction = wal.beginWrite()) {
      transaction.insert(1, header.putShort(16, (short) PAGE_SIZE).rewind());
      transaction.commit(2);
    }
    fold(wal);
    registry.remove(NAMESPACE);
    for (Path left : io.list(PrivateTarget.walDirectory(database))) {
      Files.delete(left);
    }
    byte[] bytes = Files.readAllBytes(database);
    bytes[bytes.length - 9] ^= 1;
    Files.write(database, bytes);
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(database.toString())
        .hasMessageContaining(" " + 2 * PAGE_SIZE)
        .hasMessageContaining("footer");
  }

  @Test
  void isForOneRegistryAtATime() throws IOException {
    open();
    assertThatThrownBy(() -> PrivateDatabase.open(io, database, PAGE_SIZE, 1))
        .isInstanceOf(FileOwnedException.class);
    registry.remove(NAMESPACE);
    open();
    registry.remove(NAMESPACE);
  }

  @Test
  void stockSqliteIsKeptOutAndItsOwnDatabasesAreTakenOver() throws IOException {
    StandardIo disk = new StandardIo();
    List<Primary.Transaction> written = new ArrayList<>();
    try (SqliteProcess sqlite = SqliteProcess.start()) {
      String dump;
      try (Primary primary = new Primary(sqlite, directory.resolve("primary.db"), PAGE_SIZE)) {
        primary.writeVariety();
        written.addAll(primary.transactions());
        dump = primary.connection.dumpHash();
      }
      WalRegistry own = RegistryFixture.registry(disk, new NoStorage());
      SharedWal wal = own.open(NAMESPACE, PrivateDatabase.open(disk, database, PAGE_SIZE, 1));
      for (Primary.Transaction each : written) {
        try (WriteTransaction transaction = wal.beginWrite()) {
          for (Map.Entry<Integer, byte[]> page : each.pages().entrySet()) {
            transaction.insert(page.getKey(), ByteBuffer.wrap(page.getValue()));
          }
          transaction.commit(each.sizeAfter());
        }
      }
      fold(wal);
      byte[] whole = Files.readAllBytes(database);
      assertKeptOut(sqlite);
      own.remove(NAMESPACE);
      assertKeptOut(sqlite); // closed, too
      assertThat(Files.readAllBytes(database)).isEqualTo(whole);

      Path taken = directory.resolve("primary.db");
      SharedWal over = own.open(NAMESPACE, PrivateDatabase.open(disk, taken, PAGE_SIZE, 1));
      assertThat(over.sizePages()).isEqualTo((int) (Files.size(taken) / PAGE_SIZE));
      own.remove(NAMESPACE);
      assertThat(dump).isNotEmpty();
    }
  }

  private void assertKeptOut(SqliteProcess sqlite) {
    for (String uri : List.of(database.toString(), "file:" + database + "?mode=ro")) {
      try (SqliteConnection stock = sqlite.open(uri, 0)) {
        assertThatThrownBy(() -> stock.query("SELECT * FROM account"))
            .isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> stock.execute("CREATE TABLE x(a)"))
            .isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> stock.query("PRAGMA journal_mode=DELETE"))
            .isInstanceOf(RuntimeException.class);
      }
    }
  }

  @Test
  void aRegistryThatDoesNotSyncSegmentsRefusesIt() throws IOException {
    WalRegistry unsynced =
        new WalRegistry(
            io,
            new NoStorage(),
            RegistryFixture.UNNOTIFIED,
            RegistryOptions.defaults().withSyncOnSeal(false));
    assertThatThrownBy(
            () -> unsynced.open(NAMESPACE, PrivateDatabase.open(io, database, PAGE_SIZE, 1)))
        .isInstanceOf(LogMismatchException.class)
        .hasMessageContaining(NAMESPACE.name())
        .hasMessageContaining("syncOnSeal");
    open(); // nobody has it open
    registry.remove(NAMESPACE);
  }

  /**
   * The removal of the first of two segments that were folded together is lost, then a fold is cut.
   * What is left of the two must not look as if something were missing.
   */
  @Test
  void aFoldThatIsCutOffFindsNothingOfTheFoldBeforeInItsWay() throws IOException {
    for (long seed = 1; seed <= 40; seed++) {
      SimulatedIo disk = new SimulatedIo(seed);
      Path file = Files.createDirectories(directory.resolve("cut" + seed)).resolve("a.db");
      disk.mount(file.getParent());
      WalRegistry machine = oneSegmentAtATime(disk);
      SharedWal wal = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      for (int i = 1; i <= 4; i++) {
        commit(
            wal,
            i,
            i,
            i == 1 ? new int[] {1} : new int[] {1, i}); // it grows, so that the footer moves
        wal.swap();
      }
      wal.checkpoint();
      if (seed % 2 == 0) {
        disk.failFrom(Set.of(DiskOperation.DELETE), 1, 1);
      }
      wal.checkpoint();
      disk.heal();
      wal.checkpoint();
      disk.cutPowerAt(seed % 4 + 2);
      assertThatThrownBy(
              () -> {
                wal.checkpoint();
                disk.syncDirectory(file.getParent());
              })
          .hasMessageContaining("injected");
      disk.crash();
      machine.remove(NAMESPACE);
      SharedWal again = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      assertThat(versions(again, 9)).as("seed %d", seed).isEqualTo(of(4, 2, 3, 4));
      machine.remove(NAMESPACE);
    }
  }

  private static WalRegistry oneSegmentAtATime(Io disk) {
    return new WalRegistry(
        disk,
        new NoStorage(),
        RegistryFixture.UNNOTIFIED,
        RegistryOptions.defaults().withCheckpointBytes(1));
  }

  /** The footer was written, its sync failed, and the next opening takes it for what is there. */
  @Test
  void aFooterThatMayNotBeOnTheDiskIsPutThereBeforeSegmentsAreDeleted() throws IOException {
    for (long seed = 1; seed <= 20; seed++) {
      SimulatedIo disk = new SimulatedIo(seed);
      Path file = Files.createDirectories(directory.resolve("footer" + seed)).resolve("a.db");
      disk.mount(file.getParent());
      WalRegistry machine = RegistryFixture.registry(disk, new NoStorage());
      SharedWal wal = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      commit(wal, 2, 1, 1, 2);
      wal.swap();
      disk.failFrom(Set.of(DiskOperation.SYNC), 2, 1); // that of the pages is the first
      assertThatThrownBy(wal::checkpoint).hasMessageContaining("injected");
      disk.heal();
      machine.remove(NAMESPACE);
      machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      disk.crash();
      machine.remove(NAMESPACE);
      SharedWal again = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      assertThat(again.logId()).as("seed %d", seed).isEqualTo(wal.logId());
      assertThat(versions(again, 9)).as("seed %d", seed).isEqualTo(of(1, 1));
      machine.remove(NAMESPACE);
    }
  }

  /** The file is short already at the second attempt; on the disk it still ends with a footer. */
  @Test
  void aTruncationThatAFailedSyncHasLostIsMadeAgain() throws IOException {
    for (long seed = 1; seed <= 20; seed++) {
      SimulatedIo disk = new SimulatedIo(seed);
      Path file = Files.createDirectories(directory.resolve("seed" + seed)).resolve("a.db");
      disk.mount(file.getParent());
      WalRegistry machine = RegistryFixture.registry(disk, new NoStorage());
      SharedWal wal = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      commit(wal, 8, 1, 1, 2, 3, 4, 5, 6, 7, 8);
      fold(wal);
      commit(wal, 2, 2, 1, 2);
      wal.swap();
      disk.failFrom(Set.of(DiskOperation.SYNC), 1, 1);
      assertThatThrownBy(wal::checkpoint).hasMessageContaining("injected");
      disk.heal();
      if (seed % 2 == 0) { // by whoever opens it next, too
        machine.remove(NAMESPACE);
        wal = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      }
      wal.checkpoint();
      disk.crash();
      machine.remove(NAMESPACE);
      SharedWal again = machine.open(NAMESPACE, PrivateDatabase.open(disk, file, PAGE_SIZE, 1));
      assertThat(again.lastCommittedFrameNo()).as("seed %d", seed).isEqualTo(10);
      assertThat(versions(again, 9)).as("seed %d", seed).isEqualTo(of(2, 2));
      machine.remove(NAMESPACE);
    }
  }
}

package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new database is made of the file that the parts of its snapshot were put in. */
class StagedSnapshotTest {

  private static final int PAGE_SIZE = 1024;

  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transfers;

  @TempDir static Path shared;
  @TempDir Path directory;
  private Path replica;
  private Path partsPath;
  private LogOfSegments log;
  private LiveTarget target;

  @BeforeAll
  static void recordTransfers() throws IOException {
    sqlite = SqliteProcess.start();
    transfers = Transfers.record(sqlite, shared.resolve("primary.db"), 60);
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void open() throws IOException {
    replica = directory.resolve("replicas/replica.db");
    partsPath = directory.resolve("state/parts/1");
    log = new LogOfSegments(directory.resolve("log"), UUID.randomUUID(), 1, PAGE_SIZE);
    log.stating = true;
    target =
        new LiveTarget(
            new StandardIo(), replica, directory.resolve("state/position"), LiveOptions.defaults());
  }

  @AfterEach
  void close() throws IOException {
    target.close();
  }

  private StagedPages staged() throws IOException {
    return new StagedPages(new StandardIo(), partsPath, PAGE_SIZE);
  }

  /** The pages of the primary after ten transactions. */
  private void put(StagedPages parts) throws IOException {
    Primary.Transaction ten = Transfers.snapshot(transfers, 10);
    log.goOnWith(ten.pages(), ten.sizeAfter());
    for (Map.Entry<Integer, byte[]> page : ten.pages().entrySet()) {
      parts.put(page.getKey(), ByteBuffer.wrap(page.getValue()));
    }
    parts.flush();
  }

  private SealedSegment next(int from, int to) throws IOException {
    return log.seal(transfers.subList(from, to));
  }

  private void assertAt(SealedSegment segment) throws IOException {
    assertThat(target.position()).contains(segment.end());
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.integrityCheck()).isEmpty();
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
    }
  }

  private static Object fileKey(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** To close it once more in this process would give up the locks of the open database. */
  @Test
  void theFileBecomesTheDatabaseAndKeepsItsLocks() throws Exception {
    StagedPages parts = staged();
    put(parts);
    Object file = fileKey(partsPath);
    SealedSegment last = next(10, 12);
    target.fold(List.of(last), parts);
    parts.close();
    assertThat(fileKey(replica)).isEqualTo(file);
    assertThat(partsPath).doesNotExist();
    assertAt(last);
    SealedSegment more = next(12, 13);
    target.fold(List.of(more));
    assertAt(more); // whose reader closes last, as far as SQLite can see without our lock
    assertThat(replica.resolveSibling("replica.db-wal")).exists();
    SealedSegment end = next(13, 14);
    target.fold(List.of(end));
    assertAt(end);
  }

  @Test
  void whatWasPutBeforeOrLiesBeyondTheEndDoesNotCount() throws Exception {
    StagedPages parts = staged();
    Primary.Transaction ten = Transfers.snapshot(transfers, 10);
    for (int pageNo : new int[] {1, 2, 3, ten.sizeAfter() + 100, ten.sizeAfter() + 101}) {
      parts.put(pageNo, ByteBuffer.wrap(new byte[PAGE_SIZE]).put(7, (byte) pageNo));
    }
    put(parts);
    SealedSegment last = next(10, 12);
    target.fold(List.of(last), parts);
    parts.close();
    assertThat(Files.size(replica)).isEqualTo((long) last.sizeAfter() * PAGE_SIZE);
    assertAt(last);
  }

  @Test
  void aWrongPageIsFoundAndNothingIsLeft() throws Exception {
    StagedPages parts = staged();
    put(parts);
    int unchanged = Transfers.snapshot(transfers, 10).pages().firstKey();
    SealedSegment last = next(10, 12);
    while (last.indexOf(unchanged) >= 0) {
      unchanged++;
    }
    parts.put(unchanged, ByteBuffer.wrap(new byte[PAGE_SIZE]).put(7, (byte) 7));
    parts.flush();
    assertThatThrownBy(() -> target.fold(List.of(last), parts))
        .isInstanceOf(ReplicaDivergedException.class);
    try (var left = Files.list(replica.getParent())) {
      assertThat(left).isEmpty();
    }
    assertThatThrownBy(() -> target.fold(List.of(last), parts))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("come again");
  }

  /** Whether or not the source states checksums: what was put is known. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPageThatWasDamagedInTheFileIsFoundBeforeThereIsADatabase(boolean stating) throws Exception {
    log.stating = stating;
    StagedPages parts = staged();
    put(parts);
    SealedSegment last = next(10, 12);
    int damaged = 2;
    while (last.indexOf(damaged) >= 0) {
      damaged++;
    }
    flipABit(partsPath, damaged * PAGE_SIZE - 5L);
    assertThatThrownBy(() -> target.fold(List.of(last), parts))
        .isInstanceOf(ReplicaDivergedException.class)
        .hasMessageContaining(partsPath.toString());
    try (var left = Files.list(replica.getParent())) {
      assertThat(left).isEmpty();
    }
    parts.close();
    StagedPages again = staged();
    put(again);
    target.fold(List.of(last), again); // the snapshot has come once more, and heals it
    again.close();
    assertAt(last);
  }

  private static void flipABit(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      channel.write(one.put(0, (byte) (one.get(0) ^ 1)).flip(), at);
    }
  }

  @Test
  void onAnotherFileSystemThePagesAreCopied() throws Exception {
    Path memory = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(memory), "no other file system to write to");
    assumeTrue(
        !Files.getFileStore(memory).equals(Files.getFileStore(directory)),
        "/dev/shm is the same file system");
    Path elsewhere = Files.createTempDirectory(memory, "walcast");
    partsPath = elsewhere.resolve("1");
    StagedPages parts = staged();
    try {
      put(parts);
      SealedSegment last = next(10, 12);
      target.fold(List.of(last), parts);
      assertAt(last);
    } finally {
      parts.close();
      Files.delete(elsewhere);
    }
  }
}

package io.walcast.storage;

import static io.walcast.testing.RegistryFixture.LOG;
import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.registry.SharedWal;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.Primary;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.testkit.SqliteProcess;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseRestoreTest {

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final MemoryStorage storage = new MemoryStorage();
  private final DatabaseRestore restore = new DatabaseRestore(io, storage);
  private Path file;
  private SharedWal wal;

  @BeforeEach
  void open() throws IOException {
    file = directory.resolve("restored.db");
    wal =
        RegistryFixture.registry(io, storage)
            .open(NAMESPACE, new RegistryFixture(directory).request(new MemoryTarget()));
  }

  private void seal(int sizeAfter, long version, int... pageNos) throws IOException {
    commit(wal, sizeAfter, version, pageNos);
    io.advanceNanos(1_000_000_000);
    wal.swap();
  }

  private List<Long> versions() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes.length % PAGE_SIZE).isZero();
    return java.util.stream.IntStream.range(0, bytes.length / PAGE_SIZE)
        .mapToObj(
            i -> {
              byte[] page = Arrays.copyOfRange(bytes, i * PAGE_SIZE, (i + 1) * PAGE_SIZE);
              long version = ByteBuffer.wrap(page).getLong();
              assertThat(page)
                  .isEqualTo(version == 0 ? new byte[PAGE_SIZE] : Pages.bytes(PAGE_SIZE, version));
              return version;
            })
        .toList();
  }

  @Test
  void eachStoredStateCanBeHadBackByFrameAndByTime() throws IOException {
    seal(3, 1, 1, 2, 3);
    seal(4, 2, 1, 4);
    seal(2, 3, 1);
    seal(5, 4, 1, 5);
    List<SegmentKey> keys = storage.list(NAMESPACE);
    Map<SegmentKey, List<Long>> expected = new TreeMap<>();
    expected.put(keys.get(0), List.of(1L, 1L, 1L));
    expected.put(keys.get(1), List.of(2L, 1L, 1L, 2L));
    expected.put(keys.get(2), List.of(3L, 1L));
    expected.put(keys.get(3), List.of(4L, 1L, 0L, 0L, 4L)); // cut off, then never written again
    for (SegmentKey key : keys) {
      assertThat(restore.toFrame(NAMESPACE, LOG, key.endFrameNo(), file)).isEqualTo(key);
      assertThat(versions()).isEqualTo(expected.get(key));
      assertThat(restore.toTime(NAMESPACE, key.sealedAt(), file)).isEqualTo(key);
      assertThat(versions()).isEqualTo(expected.get(key));
    }
    assertThatThrownBy(() -> restore.toFrame(NAMESPACE, LOG, 2, file))
        .hasMessageContaining("frame 2");
  }

  @Test
  void aFaultAtAnyStepLeavesTheFileThatWasThere() throws IOException {
    seal(2, 1, 1, 2);
    seal(2, 2, 2);
    restore.toFrame(NAMESPACE, LOG, 2, file);
    boolean failed = true;
    int faults = 0;
    for (int n = 1; failed; n++) {
      io.failFrom(n, 1);
      try {
        restore.toFrame(NAMESPACE, LOG, 9, file);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("injected");
        faults++;
      }
      failed = io.heal();
      if (faults < n && failed) {
        throw new AssertionError("a fault went unnoticed");
      }
    }
    assertThat(versions()).isEqualTo(List.of(1L, 2L));
    assertThat(faults).isGreaterThan(4);
    assertThat(io.list(directory)).doesNotContain(directory.resolve(".restored.db.restoring"));
  }

  @Test
  void theChecksumIsComparedWhereItIsStated() throws IOException {
    ByteBuffer page = Pages.page(PAGE_SIZE, 5);
    long right = PageHash.of(1, page) ^ PageHash.of(2, page);
    for (long stated : List.of(right, right + 1)) {
      try (WriteTransaction transaction = wal.beginWrite()) {
        transaction.insert(1, Pages.page(PAGE_SIZE, 5));
        transaction.insert(2, Pages.page(PAGE_SIZE, 5));
        transaction.commit(2, stated);
      }
      wal.swap();
    }
    restore.toFrame(NAMESPACE, LOG, 2, file);
    assertThat(versions()).isEqualTo(List.of(5L, 5L));
    Files.delete(file);
    assertThatThrownBy(() -> restore.toFrame(NAMESPACE, LOG, 4, file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("checksum")
        .hasMessageContaining(NAMESPACE.name());
    assertThat(file).doesNotExist();
  }

  @Test
  void aMissingSegmentIsNamed() throws IOException {
    seal(2, 1, 1, 2);
    seal(2, 2, 2);
    MemoryStorage holes = new MemoryStorage();
    SharedWal other =
        RegistryFixture.registry(io, holes)
            .open(
                NAMESPACE,
                new RegistryFixture(directory.resolve("other")).request(new MemoryTarget()));
    other.raiseDurable(2); // so that the first is not stored
    commit(other, 2, 1, 1, 2);
    other.swap();
    commit(other, 2, 2, 2);
    other.swap();
    assertThatThrownBy(() -> new DatabaseRestore(io, holes).toFrame(NAMESPACE, LOG, 9, file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("frame 2");
  }

  @Test
  void stockSqliteReadsWhatWasRestored() throws IOException {
    StandardIo disk = new StandardIo();
    Path restored = directory.resolve("sqlite.db");
    try (SqliteProcess sqlite = SqliteProcess.start();
        Primary primary = new Primary(sqlite, directory.resolve("primary.db"), PAGE_SIZE)) {
      primary.writeVariety();
      for (Primary.Transaction each : primary.transactions()) {
        try (WriteTransaction transaction = wal.beginWrite()) {
          for (Map.Entry<Integer, byte[]> page : each.pages().entrySet()) {
            transaction.insert(page.getKey(), ByteBuffer.wrap(page.getValue()));
          }
          transaction.commit(each.sizeAfter());
        }
        wal.swap();
      }
      new DatabaseRestore(disk, storage).toFrame(NAMESPACE, LOG, Long.MAX_VALUE, restored);
      assertThat(sqlite.integrityCheck(restored)).isEmpty();
      assertThat(sqlite.dumpHash(restored)).isEqualTo(primary.connection.dumpHash());
    }
  }
}

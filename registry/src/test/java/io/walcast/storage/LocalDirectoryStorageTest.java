package io.walcast.storage;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.CorruptSegmentException;
import io.walcast.segment.FrameCursor;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

class LocalDirectoryStorageTest {

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final Deque<Runnable> retries = new ArrayDeque<>();
  private LocalDirectoryStorage storage;
  private SharedWal wal;

  @BeforeEach
  void open() throws IOException {
    storage = storage(new FaultyIo(2));
    wal = open(storage);
  }

  private LocalDirectoryStorage storage(FaultyIo disk) {
    return new LocalDirectoryStorage(disk, directory.resolve("stored"), tasks::add, retries::add);
  }

  private SharedWal open(SegmentStorage into) throws IOException {
    WalRegistry registry = RegistryFixture.registry(io, into);
    return registry.open(
        NAMESPACE, new RegistryFixture(directory.resolve("log")).request(new MemoryTarget()));
  }

  private static void runAll(Deque<Runnable> queue) {
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      task.run();
    }
  }

  private Path stored(LocalDirectoryStorage in) throws IOException {
    SegmentKey key = in.newest(NAMESPACE).orElseThrow();
    return directory.resolve("stored/tenants/a/.segments/" + key + ".seg");
  }

  @Test
  void storingDoesNotWaitAndIsDurableWhenItIsDone() throws IOException {
    commit(wal, 1, 1, 1);
    wal.swap();
    assertThat(wal.durableFrameNo()).isZero();
    runAll(tasks);
    assertThat(wal.durableFrameNo()).isEqualTo(1);
    assertThat(stored(storage)).exists();
  }

  @Test
  void aFaultAtAnyStepLeavesWholeSegmentsAndIsTriedAgain() throws IOException {
    FaultyIo disk = new FaultyIo(3);
    storage = storage(disk);
    boolean failed = true;
    int faults = 0;
    long end = 0;
    Path log = directory.resolve("log");
    for (int n = 1; failed; n++) {
      directory = directory.resolve("n" + n);
      Files.createDirectories(directory);
      storage = storage(disk);
      wal = open(storage);
      commit(wal, 2, 1, 1, 2);
      wal.swap();
      end = wal.lastCommittedFrameNo();
      disk.failFrom(n, 1);
      runAll(tasks);
      failed = disk.heal();
      if (failed) {
        faults++;
        assertThat(wal.durableFrameNo()).as("fault %d", n).isZero();
        for (SegmentKey key : storage.list(NAMESPACE)) {
          assertThat(storage.index(NAMESPACE, key).pages().getCardinality()).isEqualTo(2);
        }
        assertThat(retries).hasSize(1);
        runAll(retries);
      }
      runAll(tasks);
      assertThat(wal.durableFrameNo()).isEqualTo(end);
      assertThat(storage.list(NAMESPACE)).hasSize(1);
    }
    assertThat(faults).isGreaterThan(5);
    assertThat(log).exists();
  }

  @Test
  void aSegmentThatIsDamagedOnItsWayIsNotDurable() throws IOException {
    commit(wal, 2, 1, 1, 2);
    wal.swap();
    Path segment = io.list(directory.resolve("log/tenants/a/wal")).get(0);
    flip(segment, 200);
    runAll(tasks);
    assertThat(wal.durableFrameNo()).isZero();
    assertThat(storage.list(NAMESPACE)).isEmpty();
    flip(segment, 200);
    runAll(retries);
    assertThat(wal.durableFrameNo()).isEqualTo(2);
  }

  @Test
  void damageIsFoundAnywhereAndNamesFileAndOffset() throws IOException {
    commit(wal, 2, 1, 1, 2);
    wal.swap();
    runAll(tasks);
    SegmentKey key = storage.newest(NAMESPACE).orElseThrow();
    Path file = stored(storage);
    int length = (int) Files.size(file);
    for (int at = 8; at < length; at += 7) {
      int inFrame = (at - 68) % (24 + RegistryFixture.PAGE_SIZE);
      if (at >= 68 && at < 68 + 2 * (24 + RegistryFixture.PAGE_SIZE) && inFrame / 4 == 5) {
        continue; // a running checksum, which is for recovery and not for reading one page
      }
      flip(file, at);
      int flipped = at;
      assertThatThrownBy(() -> readAll(key))
          .as("byte %d", flipped)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
      flip(file, at);
    }
    readAll(key);
    flip(file, 300);
    assertThatThrownBy(() -> readAll(key))
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining(" 68");
  }

  @Test
  void aSegmentUnderAnothersNameIsRefused() throws IOException {
    commit(wal, 1, 1, 1);
    wal.swap();
    runAll(tasks);
    Path file = stored(storage);
    SegmentKey key = storage.newest(NAMESPACE).orElseThrow();
    SegmentKey other = new SegmentKey(key.logId(), 1, 1, 7, key.sealedAt());
    Files.move(file, file.resolveSibling(other + ".seg"));
    assertThatThrownBy(() -> storage.index(NAMESPACE, other))
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining(other.toString());
    Files.createFile(file.resolveSibling("stray.seg"));
    assertThatThrownBy(() -> storage.list(NAMESPACE)).hasMessageContaining("stray.seg");
  }

  @Test
  void theShutdownStoresWhatIsLeftItselfAndThenTakesNoMore() throws IOException {
    for (int i = 1; i <= 3; i++) {
      commit(wal, 1, i, 1);
      wal.swap();
    }
    storage.shutdown();
    assertThat(wal.durableFrameNo()).isEqualTo(3);
    assertThat(storage.list(NAMESPACE)).hasSize(3);
    runAll(tasks);
    commit(wal, 1, 4, 1);
    wal.swap();
    runAll(tasks);
    assertThat(wal.durableFrameNo()).isEqualTo(3);
  }

  @Test
  void aShutdownEndsThoughNothingCanBeStored() throws IOException {
    FaultyIo disk = new FaultyIo(4);
    LocalDirectoryStorage broken = storage(disk);
    directory = directory.resolve("other");
    SharedWal log = open(broken);
    commit(log, 1, 1, 1);
    log.swap();
    commit(log, 1, 2, 1);
    log.swap();
    disk.failFrom(1, Long.MAX_VALUE);
    broken.shutdown();
    assertThat(log.durableFrameNo()).isZero();
    disk.heal();
    runAll(tasks);
    runAll(retries);
    assertThat(List.copyOf(broken.list(NAMESPACE))).isEmpty();
  }

  private void readAll(SegmentKey key) throws IOException {
    RoaringBitmap pages = storage.index(NAMESPACE, key).pages();
    try (FrameCursor frames = storage.fetch(NAMESPACE, key, pages)) {
      int count = 0;
      while (frames.next()) {
        count++;
      }
      assertThat(count).isEqualTo(2);
    }
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }
}

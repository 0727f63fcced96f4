package io.walcast.storage;

import static io.walcast.testing.RegistryFixture.LOG;
import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.roaringbitmap.RoaringBitmap;

/** What every storage that can be read back has to do. */
class SegmentStorageTest {

  enum Kind {
    MEMORY,
    LOCAL_DIRECTORY
  }

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private SegmentStorage storage;
  private SharedWal wal;

  private void open(Kind kind) throws IOException {
    storage =
        kind == Kind.MEMORY
            ? new MemoryStorage()
            : new LocalDirectoryStorage(io, directory.resolve("stored"), Runnable::run);
    WalRegistry registry = RegistryFixture.registry(io, storage);
    wal =
        registry.open(
            NAMESPACE, new RegistryFixture(directory.resolve("log")).request(new MemoryTarget()));
  }

  /** Frames 1..3, then 4..5, then 6, a second apart. */
  private void threeSegments() throws IOException {
    commit(wal, 3, 1, 1, 2, 3);
    sealASecondLater();
    commit(wal, 3, 2, 3, 1);
    sealASecondLater();
    commit(wal, 2, 3, 2);
    sealASecondLater();
  }

  private void sealASecondLater() throws IOException {
    io.advanceNanos(1_000_000_000);
    wal.swap();
  }

  private Map<Integer, Long> fetch(SegmentKey key, int... pageNos) throws IOException {
    Map<Integer, Long> frameNos = new TreeMap<>();
    try (FrameCursor frames = storage.fetch(NAMESPACE, key, RoaringBitmap.bitmapOf(pageNos))) {
      while (frames.next()) {
        long version = frames.page().getLong(0);
        assertThat(frames.page()).isEqualTo(Pages.page(PAGE_SIZE, version));
        frameNos.put(frames.pageNo(), frames.frameNo());
      }
    }
    return frameNos;
  }

  @ParameterizedTest
  @EnumSource
  void whatWasStoredIsListedAndReadBack(Kind kind) throws IOException {
    open(kind);
    assertThat(storage.list(NAMESPACE)).isEmpty();
    assertThat(storage.durableFrameNo(NAMESPACE)).isZero();
    threeSegments();
    List<SegmentKey> keys = storage.list(NAMESPACE);
    assertThat(keys).extracting(SegmentKey::startFrameNo).containsExactly(1L, 4L, 6L);
    assertThat(keys).extracting(SegmentKey::endFrameNo).containsExactly(3L, 5L, 6L);
    assertThat(keys).extracting(SegmentKey::logId).containsOnly(LOG);
    assertThat(storage.durableFrameNo(NAMESPACE)).isEqualTo(6);
    assertThat(wal.durableFrameNo()).isEqualTo(6);
    assertThat(storage.newest(NAMESPACE)).contains(keys.get(2));
    assertThat(storage.list(new Namespace("b"))).isEmpty();

    SegmentIndex index = storage.index(NAMESPACE, keys.get(1));
    assertThat(index.pages().toArray()).containsExactly(1, 3);
    assertThat(index.sizeAfter()).isEqualTo(3);
    assertThat(index.isBase()).isFalse();
    assertThat(storage.index(NAMESPACE, keys.get(0)).isBase()).isTrue();

    assertThat(fetch(keys.get(0), 1, 2, 3, 9)).isEqualTo(Map.of(1, 1L, 2, 2L, 3, 3L));
    assertThat(fetch(keys.get(1), 2, 3)).isEqualTo(Map.of(3, 4L));
  }

  @ParameterizedTest
  @EnumSource
  void segmentsAreFoundByFrameAndByTime(Kind kind) throws IOException {
    open(kind);
    threeSegments();
    List<SegmentKey> keys = storage.list(NAMESPACE);
    assertThat(storage.find(NAMESPACE, LOG, 2)).isEmpty();
    assertThat(storage.find(NAMESPACE, LOG, 3)).contains(keys.get(0));
    assertThat(storage.find(NAMESPACE, LOG, 4)).contains(keys.get(0));
    assertThat(storage.find(NAMESPACE, LOG, 5)).contains(keys.get(1));
    assertThat(storage.find(NAMESPACE, LOG, 100)).contains(keys.get(2));
    assertThat(storage.find(NAMESPACE, new UUID(9, 9), 100)).isEmpty();
    assertThat(storage.find(NAMESPACE, keys.get(0).sealedAt().minusMillis(1))).isEmpty();
    assertThat(storage.find(NAMESPACE, keys.get(1).sealedAt())).contains(keys.get(1));
    assertThat(storage.find(NAMESPACE, keys.get(2).sealedAt().minusMillis(1)))
        .contains(keys.get(1));
  }

  @ParameterizedTest
  @EnumSource
  void aSegmentStoredAgainIsThereOnce(Kind kind) throws IOException {
    open(kind);
    threeSegments();
    List<SegmentKey> keys = storage.list(NAMESPACE);
    wal.namespace();
    WalRegistry again = RegistryFixture.registry(io, storage);
    SharedWal reopened =
        again.open(
            NAMESPACE, new RegistryFixture(directory.resolve("log")).request(new MemoryTarget()));
    assertThat(reopened.durableFrameNo()).isEqualTo(6);
    assertThat(storage.list(NAMESPACE)).isEqualTo(keys);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotStoredIsAnErrorThatNamesIt(Kind kind) throws IOException {
    open(kind);
    threeSegments();
    SegmentKey key = storage.list(NAMESPACE).get(0);
    SegmentKey other = new SegmentKey(LOG, 8, 1, 3, key.sealedAt());
    assertThatThrownBy(() -> storage.index(NAMESPACE, other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(other.toString());
    assertThatThrownBy(() -> fetch(other, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(other.toString());
  }
}

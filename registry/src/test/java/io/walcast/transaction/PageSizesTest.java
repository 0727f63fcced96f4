package io.walcast.transaction;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.registry.CheckpointListener;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.PageStream;
import io.walcast.storage.NoStorage;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.roaringbitmap.RoaringBitmap;

/** A database of more than 1 GiB in few pages: it grows beyond the lock-byte page, then shrinks. */
class PageSizesTest {

  @TempDir Path directory;

  private final WalRegistry registry = RegistryFixture.registry(new FaultyIo(1), new NoStorage());

  private SharedWal open(int pageSize) throws IOException {
    OpenRequest request =
        new OpenRequest(
            directory,
            new MemoryTarget(),
            pageSize,
            1,
            Optional.of(new LogStart(RegistryFixture.LOG, 1, 0)),
            Long.MAX_VALUE,
            0,
            CheckpointListener.NONE);
    return registry.open(NAMESPACE, request);
  }

  private static void write(SharedWal wal, int sizeAfter, long version, int... pageNos)
      throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      for (int pageNo : pageNos) {
        transaction.insert(pageNo, Pages.page(wal.pageSize(), version));
      }
      transaction.commit(sizeAfter);
    }
  }

  private static long read(ReadTransaction snapshot, int pageNo, int pageSize) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    snapshot.readPage(pageNo, page);
    assertThat(page.flip()).isEqualTo(Pages.page(pageSize, page.getLong(0)));
    return page.getLong(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void aDatabaseGrowsBeyondTheLockBytePageAndShrinks(int pageSize) throws IOException {
    int lockBytes = (1 << 30) / pageSize + 1;
    SharedWal wal = open(pageSize);
    write(wal, lockBytes - 1, 1, 1, 2, lockBytes - 1);
    write(wal, lockBytes + 2, 2, 1, lockBytes - 1, lockBytes + 1, lockBytes + 2);
    try (ReadTransaction large = wal.beginRead()) {
      wal.swap();
      write(wal, 2, 3, 1);
      wal.swap();
      write(wal, 2, 4, 2);
      assertThat(large.sizePages()).isEqualTo(lockBytes + 2);
      assertThat(read(large, 2, pageSize)).isEqualTo(1);
      assertThat(read(large, lockBytes - 1, pageSize)).isEqualTo(2);
      assertThat(read(large, lockBytes + 2, pageSize)).isEqualTo(2);
      assertThat(pages(large)).containsExactly(lockBytes + 2, lockBytes + 1, lockBytes - 1, 1, 2);
      try (ReadTransaction small = wal.beginRead()) {
        assertThat(small.sizePages()).isEqualTo(2);
        assertThat(read(small, 1, pageSize)).isEqualTo(3);
        assertThat(read(small, 2, pageSize)).isEqualTo(4);
        assertThatThrownBy(() -> read(small, 3, pageSize))
            .isInstanceOf(IllegalArgumentException.class);
        assertThat(pages(small)).containsExactly(2, 1);
      }
    }
    registry.remove(NAMESPACE);
  }

  private static List<Integer> pages(ReadTransaction snapshot) throws IOException {
    List<Integer> pages = new ArrayList<>();
    try (PageStream stream = snapshot.pages(new RoaringBitmap(), 0)) {
      while (stream.next()) {
        pages.add(stream.pageNo());
      }
    }
    return pages;
  }
}

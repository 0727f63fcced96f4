package io.walcast.capture;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.registry.SharedWal;
import io.walcast.sqlite.PageHash;
import io.walcast.storage.NoStorage;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageHashesTest {

  private static final int MANY = 1500;

  @TempDir Path directory;
  private PageHashes hashes;
  private SharedWal wal;

  private final ThrottledIo io = new ThrottledIo();

  @BeforeEach
  void openLog() throws IOException {
    hashes = new PageHashes(io, directory.resolve("hashes"));
    CapturedTarget target = new CapturedTarget(io, directory.resolve("log"), hashes);
    wal =
        RegistryFixture.registry(io, new NoStorage())
            .open(NAMESPACE, new RegistryFixture(directory).request(target));
    hashes.load(wal);
  }

  private void commitAll(long version) throws IOException {
    try (CaptureTransaction transaction = new CaptureTransaction(wal, hashes, false)) {
      for (int pageNo = 1; pageNo <= MANY; pageNo++) {
        transaction.insert(pageNo, Pages.page(PAGE_SIZE, version + pageNo));
      }
      transaction.commit(MANY);
    }
  }

  private void fold() throws IOException {
    wal.swap();
    wal.checkpoint();
  }

  @Test
  void whatIsNotFoldedYetStaysWhenTheRestIsLetGo() throws IOException {
    commitAll(0);
    fold();
    commitAll(10_000);
    hashes.settle();
    for (int pageNo = 1; pageNo <= MANY; pageNo++) {
      ByteBuffer page = Pages.page(PAGE_SIZE, 10_000 + pageNo);
      assertThat(hashes.hash(pageNo)).isEqualTo(PageHash.of(pageNo, page));
    }
    hashes.release();
  }

  @Test
  void aPageThatIsAsKeptReplacesAnotherVersionOfTheSameTransaction() throws IOException {
    commitAll(0);
    fold();
    hashes.settle();
    try (CaptureTransaction transaction = new CaptureTransaction(wal, hashes, true)) {
      transaction.insert(2, Pages.page(PAGE_SIZE, 77));
      transaction.insert(2, Pages.page(PAGE_SIZE, 2));
      transaction.insert(3, Pages.page(PAGE_SIZE, 3));
      assertThat(transaction.commitUnlessEmpty(MANY)).isEqualTo(1);
    }
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    try (ReadTransaction snapshot = wal.beginRead()) {
      snapshot.readPage(2, page);
    }
    assertThat(page.flip()).isEqualTo(Pages.page(PAGE_SIZE, 2));
    hashes.release();
  }

  @Test
  void segmentsThatAreFoldedWhileTheyAreReadLeaveNoOlderVersionsBehind() throws Exception {
    commitAll(0);
    wal.swap();
    commitAll(10_000);
    wal.swap();
    AtomicBoolean folded = new AtomicBoolean();
    io.beforeReads(
        path -> path.toString().contains("wal"),
        position -> {
          if (folded.compareAndSet(false, true)) {
            wal.checkpoint();
          }
        });
    PageHashes loaded = new PageHashes(io, directory.resolve("hashes"));
    loaded.load(wal);
    assertThat(folded).isTrue();
    assertThat(wal.tailLength()).isZero();
    for (int pageNo = 1; pageNo <= MANY; pageNo++) {
      ByteBuffer page = Pages.page(PAGE_SIZE, 10_000 + pageNo);
      assertThat(loaded.hash(pageNo)).isEqualTo(PageHash.of(pageNo, page));
    }
    loaded.release();
  }

  /**
   * A sync that fails may have lost what was written long before, and reads may show it for a while
   * all the same: nothing may be compared with it, neither then nor when the next sync succeeds.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterASyncThatFailedNothingIsTrusted(boolean evicted) throws IOException {
    try (SimulatedIo disk = new SimulatedIo(1)) {
      Path state = disk.mount(Path.of("/state"));
      disk.evictAfterFailedSync(evicted);
      hashes = new PageHashes(disk, state.resolve("hashes"));
      CapturedTarget target = new CapturedTarget(disk, state.resolve("log"), hashes);
      wal =
          RegistryFixture.registry(disk, new NoStorage())
              .open(NAMESPACE, new RegistryFixture(state).request(target));
      hashes.load(wal);
      commitAll(0);
      fold();
      hashes.settle();
      assertThat(hashes.areProven()).isTrue();
      commitAll(10_000);
      fold();
      hashes.settle();
      disk.failFrom(EnumSet.of(DiskOperation.SYNC), 1, 1);
      assertThat(hashes.areProven()).isFalse();
      assertThat(disk.heal()).isTrue();
      assertThat(hashes.areProven()).isFalse();
      PageHashes later = new PageHashes(disk, state.resolve("hashes"));
      later.load(wal);
      assertThat(later.areKnown()).as("when it is opened again").isFalse();
    }
  }

  /** As when a write that the system did later has failed, and nobody was told. */
  @Test
  void hashesThatHaveGoneBackAreNotTrusted() throws IOException {
    commitAll(0);
    fold();
    byte[] before = Files.readAllBytes(directory.resolve("hashes"));
    commitAll(10_000);
    fold();
    hashes.settle();
    byte[] page =
        Arrays.copyOfRange(before, HashFileHeader.HASHES_AT, HashFileHeader.HASHES_AT + 8);
    try (FileChannel file =
        FileChannel.open(directory.resolve("hashes"), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(page), HashFileHeader.HASHES_AT);
    }
    byte[] gone = Files.readAllBytes(directory.resolve("hashes"));
    assertThat(hashes.areProven()).isFalse();
    Files.write(directory.resolve("hashes"), gone);
    PageHashes loaded = new PageHashes(io, directory.resolve("hashes"));
    loaded.load(wal);
    assertThat(loaded.areKnown()).isFalse();
  }
}

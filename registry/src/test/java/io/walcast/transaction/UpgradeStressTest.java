package io.walcast.transaction;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.StandardIo;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.storage.NoStorage;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers, writers, readers that become writers, swaps and checkpoints beside each other. Each
 * commit makes every page one version newer than what its transaction read: no update may be lost,
 * no reader may see a mixture, and no upgrade may starve.
 */
class UpgradeStressTest {

  private static final int[] PAGES = {1, 2, 3, 4, 5};
  private static final int COMMITS_EACH = 150;
  private static final long GARBAGE = 1_000_000;

  @TempDir Path directory;
  private final long seed = Long.getLong("walcast.seed", System.nanoTime());
  private final AtomicLong commits = new AtomicLong(1);

  @Test
  @Timeout(120)
  void noUpdateIsLostAndNoSnapshotIsAMixture() throws Exception {
    StandardIo io = new StandardIo();
    Checkpointer checkpointer = new Checkpointer(io, CheckpointOptions.defaults());
    WalRegistry registry =
        new WalRegistry(
            io,
            new NoStorage(),
            checkpointer,
            RegistryOptions.defaults()
                .withSyncOnSeal(false)
                .withCheckpointBytes(20_000)
                .withWriterLimits(new WriterLimits(Duration.ofMinutes(1), Duration.ofSeconds(30))));
    checkpointer.start(registry);
    SharedWal wal =
        registry.open(NAMESPACE, new RegistryFixture(directory).request(new MemoryTarget()));
    commit(wal, PAGES.length, 1, PAGES);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<Void>> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      writers.add(threads.submit(i < 2 ? writing(wal, random) : upgrading(wal, random)));
    }
    Future<Void> reader = threads.submit(reading(wal, done));
    for (Future<Void> writer : writers) {
      writer.get();
    }
    done.set(true);
    reader.get();
    threads.shutdown();
    assertThat(commits).as("-Dwalcast.seed=%d", seed).hasValue(1 + 4L * COMMITS_EACH);
    assertThat(version(versions(wal, commits.get()))).isEqualTo(commits.get());
    registry.shutdown();
  }

  private Callable<Void> writing(SharedWal wal, SplittableRandom random) {
    return () -> {
      for (int i = 0; i < COMMITS_EACH; i++) {
        try (WriteTransaction transaction = wal.beginWrite()) {
          update(transaction, random);
        }
        if (random.nextInt(4) == 0) {
          wal.swap();
        }
      }
      return null;
    };
  }

  private Callable<Void> upgrading(SharedWal wal, SplittableRandom random) {
    return () -> {
      for (int i = 0; i < COMMITS_EACH; i++) {
        upgrade(wal, random);
      }
      return null;
    };
  }

  private void upgrade(SharedWal wal, SplittableRandom random) throws IOException {
    try (ReadTransaction first = wal.beginRead()) {
      version(versions(first, GARBAGE));
      try (WriteTransaction transaction = wal.upgrade(first)) {
        update(transaction, random);
      } catch (BusySnapshotException e) {
        try (ReadTransaction second = first.renew();
            WriteTransaction transaction = wal.upgrade(second)) { // cannot be busy again
          update(transaction, random);
        }
      }
    }
  }

  private void update(WriteTransaction transaction, SplittableRandom random) throws IOException {
    long version = read(transaction, 1);
    if (random.nextBoolean()) {
      write(transaction, GARBAGE, PAGES);
    }
    write(transaction, version + 1, PAGES);
    Savepoint savepoint = transaction.savepoint();
    write(transaction, GARBAGE, 2, 3, 9);
    if (random.nextBoolean()) {
      transaction.rollbackTo(savepoint);
    } else {
      transaction.release(savepoint);
      write(transaction, version + 1, 2, 3);
    }
    transaction.commit(PAGES.length);
    commits.incrementAndGet();
  }

  private static void write(WriteTransaction transaction, long version, int... pageNos)
      throws IOException {
    for (int pageNo : pageNos) {
      transaction.insert(pageNo, Pages.page(PAGE_SIZE, version));
    }
  }

  private static long read(WriteTransaction transaction, int pageNo) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    transaction.readPage(pageNo, page);
    return page.getLong(0);
  }

  private Callable<Void> reading(SharedWal wal, AtomicBoolean done) {
    return () -> {
      long newest = 0;
      while (!done.get()) {
        try (ReadTransaction snapshot = wal.beginRead()) {
          long version = version(versions(snapshot, GARBAGE));
          assertThat(version).isGreaterThanOrEqualTo(newest);
          newest = version;
        }
      }
      return null;
    };
  }

  private long version(Map<Integer, Long> pages) {
    assertThat(pages).as("-Dwalcast.seed=%d", seed).hasSize(PAGES.length);
    long version = pages.get(1);
    assertThat(pages.values()).as("-Dwalcast.seed=%d", seed).containsOnly(version);
    return version;
  }
}

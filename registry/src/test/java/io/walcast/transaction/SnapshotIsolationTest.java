package io.walcast.transaction;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
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
import io.walcast.testing.RegistryFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers beside a writer that swaps after every few commits, and a checkpointer. */
class SnapshotIsolationTest {

  private static final int[] PAGES = {1, 2, 3, 4, 5, 6};
  private static final int COMMITS = 600;

  @TempDir Path directory;

  @Test
  @Timeout(60)
  void aSnapshotIsOneCommitWhateverHappensAroundIt() throws Exception {
    StandardIo io = new StandardIo();
    Checkpointer checkpointer = new Checkpointer(io, CheckpointOptions.defaults());
    WalRegistry registry =
        new WalRegistry(
            io,
            new NoStorage(),
            checkpointer,
            RegistryOptions.defaults().withSyncOnSeal(false).withCheckpointBytes(20_000));
    checkpointer.start(registry);
    SharedWal wal =
        registry.open(NAMESPACE, new RegistryFixture(directory).request(new MemoryTarget()));
    commit(wal, PAGES.length, 1, PAGES);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(3);
    List<Future<Long>> seen = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      seen.add(readers.submit(reading(wal, done)));
    }
    for (int version = 2; version <= COMMITS; version++) {
      commit(wal, PAGES.length, version, PAGES);
      if (version % 3 == 0) {
        wal.swap();
      }
    }
    done.set(true);
    for (Future<Long> reader : seen) {
      assertThat(reader.get()).isEqualTo(COMMITS);
    }
    readers.shutdown();
    assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    registry.shutdown();
    assertThat(wal.checkpointedFrameNo()).isEqualTo((long) COMMITS * PAGES.length);
  }

  /** Reads snapshots until the writer is done; returns the version of the last one. */
  private static Callable<Long> reading(SharedWal wal, AtomicBoolean done) {
    return () -> {
      long newest = 0;
      boolean last = false;
      while (!last) {
        last = done.get();
        try (ReadTransaction snapshot = wal.beginRead()) {
          Map<Integer, Long> versions = versions(snapshot, COMMITS);
          long version = snapshot.frameNo() / PAGES.length;
          assertThat(versions.values()).hasSize(PAGES.length).containsOnly(version);
          assertThat(version).isGreaterThanOrEqualTo(newest);
          newest = version;
        }
      }
      return newest;
    };
  }
}

package io.walcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.checkpoint.PrivateDatabase;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.SwapPolicy;
import io.walcast.registry.SyncResult;
import io.walcast.registry.WalRegistry;
import io.walcast.replication.Injector;
import io.walcast.replication.ReplicatedFrames;
import io.walcast.replication.Replicator;
import io.walcast.segment.Namespace;
import io.walcast.storage.DatabaseRestore;
import io.walcast.storage.LocalDirectoryStorage;
import io.walcast.storage.NoStorage;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.Savepoint;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry on its own, without Kafka: the example that docs/architecture.md points to. */
class LibraryExampleTest {

  private static final Namespace SHOP = new Namespace("shop");
  private static final int PAGE_SIZE = 4096;

  @TempDir Path directory;

  private static ByteBuffer page(String content) {
    return ByteBuffer.wrap(java.util.Arrays.copyOf(content.getBytes(), PAGE_SIZE));
  }

  private static String read(SharedWal wal, int pageNo) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    try (ReadTransaction snapshot = wal.beginRead()) {
      snapshot.readPage(pageNo, page);
    }
    return new String(page.array()).trim();
  }

  @Test
  void openReadWriteSealStoreCheckpointReplicateSyncRestoreShutDown() throws Exception {
    Io io = new StandardIo();
    ExecutorService storing = Executors.newFixedThreadPool(2);
    LocalDirectoryStorage storage =
        new LocalDirectoryStorage(io, directory.resolve("stored"), storing);
    Checkpointer checkpointer = new Checkpointer(io, CheckpointOptions.defaults());
    SwapPolicy policy =
        SwapPolicy.frameCount(10_000)
            .or(SwapPolicy.frameCount(100).and(SwapPolicy.age(Duration.ofSeconds(5))));
    WalRegistry registry =
        new WalRegistry(
            io, storage, checkpointer, RegistryOptions.defaults().withSwapPolicy(policy));
    checkpointer.start(registry);

    // Open: shop.db and its segments in shop.db-wal/. Frames, log and epoch begin here.
    SharedWal shop =
        registry.open(SHOP, PrivateDatabase.open(io, directory.resolve("shop.db"), PAGE_SIZE, 1));

    // Write, with a savepoint; nobody sees anything before the commit.
    try (WriteTransaction transaction = shop.beginWrite()) {
      transaction.insert(1, page("catalogue"));
      Savepoint savepoint = transaction.savepoint();
      transaction.insert(2, page("a mistake"));
      transaction.rollbackTo(savepoint);
      transaction.insert(2, page("orders"));
      transaction.commit(2);
    }
    assertThat(read(shop, 2)).isEqualTo("orders");

    // Seal: what the policy does at its time. Storing and checkpointing follow by themselves.
    assertThat(shop.swapIfDue()).as("too early by the policy").isFalse();
    shop.swap();

    // Replicate into another registry, which keeps what it gets and stores it nowhere.
    Checkpointer replicaCheckpointer = new Checkpointer(io, CheckpointOptions.defaults());
    WalRegistry replicas =
        new WalRegistry(io, new NoStorage(), replicaCheckpointer, RegistryOptions.defaults());
    replicaCheckpointer.start(replicas);
    SharedWal replica =
        replicas.open(
            SHOP, PrivateDatabase.open(io, directory.resolve("replica.db"), PAGE_SIZE, 1));
    try (Replicator replicator = new Replicator(shop, storage, replica.lastCommittedFrameNo());
        Injector injector = new Injector(replica)) {
      replicator.changed().get();
      try (ReplicatedFrames frames = replicator.read()) {
        injector.begin();
        while (frames.next()) {
          injector.insert(frames.frameNo(), frames.pageNo(), frames.page());
        }
        injector.commit(frames.sizePages(), frames.databaseChecksum());
        replicator.taken(frames.endFrameNo());
      }
    }
    assertThat(read(replica, 1)).isEqualTo("catalogue");

    // Shut down: seals, stores, checkpoints, closes.
    registry.shutdown();
    replicas.shutdown();
    storing.shutdown();
    assertThat(Files.size(directory.resolve("shop.db"))).isEqualTo(2 * PAGE_SIZE + 60);

    // Lose the machine: get the database back as a file, or sync an empty log of the same history.
    Path restored = directory.resolve("restored.db");
    new DatabaseRestore(io, storage).toTime(SHOP, io.now(), restored);
    assertThat(new String(Files.readAllBytes(restored), PAGE_SIZE, 6)).isEqualTo("orders");

    WalRegistry again =
        new WalRegistry(
            io,
            storage,
            new Checkpointer(io, CheckpointOptions.defaults()),
            RegistryOptions.defaults());
    again.open(
        SHOP,
        PrivateDatabase.open(
            io, directory.resolve("again.db"), PAGE_SIZE, 1, Optional.of(shop.logId())));
    List<SyncResult> synced = again.syncAll(4);
    assertThat(synced).allMatch(result -> result.failure().isEmpty());
    assertThat(read(again.get(SHOP).orElseThrow(), 2)).isEqualTo("orders");
    again.shutdown();
  }
}

package io.walcast.replication;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.StandardIo;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.storage.MemoryStorage;
import io.walcast.storage.NoStorage;
import io.walcast.storage.SegmentStorage;
import io.walcast.testing.BrokenStorage;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ReplicatorTest {

  @TempDir Path directory;
  private final StandardIo io = new StandardIo();

  private SharedWal open(String name, SegmentStorage storage) throws IOException {
    return RegistryFixture.registry(io, storage)
        .open(NAMESPACE, new RegistryFixture(directory.resolve(name)).request(new MemoryTarget()));
  }

  private static Map<Integer, Long> read(Replicator replicator) throws IOException {
    Map<Integer, Long> frames = new TreeMap<>();
    try (ReplicatedFrames stream = replicator.read()) {
      while (stream.next()) {
        assertThat(stream.page())
            .isEqualTo(Pages.page(PAGE_SIZE, stream.page().getLong(stream.page().position())));
        assertThat(frames.put(stream.pageNo(), stream.frameNo())).as("each page once").isNull();
      }
    }
    return frames;
  }

  @Test
  void framesComeFromCurrentTailAndStorageAndStopAtWhatTheConsumerHas() throws Exception {
    List<Long> fetched = new ArrayList<>();
    BrokenStorage storage =
        new BrokenStorage(new MemoryStorage()).onFetch(key -> fetched.add(key.startFrameNo()));
    SharedWal wal = open("leader", storage);
    commit(wal, 4, 1, 1, 2, 3, 4); // 1..4, checkpointed
    wal.swap();
    commit(wal, 4, 2, 2); // 5, checkpointed
    wal.swap();
    while (wal.checkpoint()) {
      continue;
    }
    commit(wal, 4, 3, 3); // 6, in the tail
    wal.swap();
    commit(wal, 3, 4, 1, 3); // 7 and 8, in the current segment; page 4 is gone
    try (Replicator all = new Replicator(wal, storage, 0);
        Replicator some = new Replicator(wal, storage, 5);
        Replicator most = new Replicator(wal, storage, 7)) {
      assertThat(read(some)).isEqualTo(Map.of(1, 7L, 3, 8L));
      assertThat(read(most)).isEqualTo(Map.of(3, 8L));
      assertThat(fetched).as("what is here is not asked of storage").isEmpty();
      assertThat(read(all)).isEqualTo(Map.of(1, 7L, 2, 5L, 3, 8L));
      assertThat(fetched).containsExactly(5L, 1L);
      some.taken(8);
      assertThat(read(some)).isEmpty();
    }
  }

  @Test
  void whatNobodyHasAnyMoreIsAnErrorThatSaysSo() throws Exception {
    NoStorage nothing = new NoStorage();
    SharedWal wal = open("leader", nothing);
    commit(wal, 1, 1, 1);
    wal.swap();
    wal.checkpoint();
    commit(wal, 1, 2, 1);
    try (Replicator replicator = new Replicator(wal, nothing, 0)) {
      assertThatThrownBy(() -> read(replicator))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("frame 1")
          .hasMessageContaining(NAMESPACE.name());
    }
    try (Replicator replicator = new Replicator(wal, nothing, 1)) {
      assertThat(read(replicator)).isEqualTo(Map.of(1, 2L));
    }
  }

  @Test
  void theConsumerIsToldOfWhatIsNewAndOfTheEnd() throws Exception {
    WalRegistry registry = RegistryFixture.registry(io, new NoStorage());
    SharedWal wal =
        registry.open(NAMESPACE, new RegistryFixture(directory).request(new MemoryTarget()));
    Replicator replicator = new Replicator(wal, new NoStorage(), 0);
    CompletableFuture<Void> first = replicator.changed();
    assertThat(first).isNotDone();
    commit(wal, 1, 1, 1);
    assertThat(first).isCompleted();
    assertThat(replicator.changed()).as("not taken yet").isCompleted();
    replicator.taken(1);
    CompletableFuture<Void> second = replicator.changed();
    assertThat(second).isNotDone();
    registry.remove(NAMESPACE);
    assertThatThrownBy(() -> second.get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
    assertThat(replicator.changed()).isCompletedExceptionally();
    replicator.close();
  }

  /** What a version of the leader's database looked like; the version is in page 1. */
  private final Map<Long, Map<Integer, Long>> history = new ConcurrentHashMap<>();

  @Test
  void aRegistryFollowsAnotherLiveUnderWritersSwapsCheckpointsAndReaders() throws Exception {
    long seed = Long.getLong("walcast.seed", System.nanoTime());
    System.out.println("ReplicatorTest: -Dwalcast.seed=" + seed);
    MemoryStorage storage = new MemoryStorage();
    Checkpointer leading = new Checkpointer(io, CheckpointOptions.defaults());
    Checkpointer following = new Checkpointer(io, CheckpointOptions.defaults());
    WalRegistry leaders = new WalRegistry(io, storage, leading, RegistryOptions.defaults());
    WalRegistry followers =
        new WalRegistry(io, new NoStorage(), following, RegistryOptions.defaults());
    leading.start(leaders);
    following.start(followers);
    SharedWal leader =
        leaders.open(
            NAMESPACE,
            new RegistryFixture(directory.resolve("leader")).request(new MemoryTarget()));
    SharedWal follower =
        followers.open(
            NAMESPACE,
            new RegistryFixture(directory.resolve("follower")).request(new MemoryTarget()));
    long last = 400;
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(5);
    Replicator replicator = new Replicator(leader, storage, 0);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        SplittableRandom random = new SplittableRandom(seed + i);
        running.add(threads.submit(callable(() -> write(leader, random, last))));
      }
      Future<?> follow =
          threads.submit(callable(() -> follow(replicator, follower, new SplittableRandom(seed))));
      for (int i = 0; i < 2; i++) {
        running.add(threads.submit(callable(() -> check(follower, done))));
      }
      running.get(0).get();
      running.get(1).get();
      leader.swap();
      while (follower.lastCommittedFrameNo() < leader.lastCommittedFrameNo()) {
        assertThat(follow.isDone()).as("seed %d", seed).isFalse();
        Thread.onSpinWait();
      }
      done.set(true);
      for (Future<?> each : running) {
        each.get();
      }
      assertThat(versions(follower, last)).as("seed %d", seed).isEqualTo(versions(leader, last));
      replicator.close();
      assertThatThrownBy(follow::get).hasMessageContaining("followed no more");
    } finally {
      done.set(true);
      threads.shutdownNow();
      leaders.shutdown();
      followers.shutdown();
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private static Callable<Void> callable(Step step) {
    return () -> {
      step.run();
      return null;
    };
  }

  private void write(SharedWal leader, SplittableRandom random, long last) throws IOException {
    boolean more = true;
    while (more) {
      try (WriteTransaction transaction = leader.beginWrite()) {
        long version = history.size() + 1L;
        more = version < last;
        if (version <= last) {
          Map<Integer, Long> after = new HashMap<>(history.getOrDefault(version - 1, Map.of()));
          int size = 1 + random.nextInt(20);
          after.keySet().removeIf(pageNo -> pageNo > size);
          for (int pageNo = 1; pageNo <= size; pageNo++) {
            if (pageNo == 1 || !after.containsKey(pageNo) || random.nextInt(4) == 0) {
              after.put(pageNo, version);
              transaction.insert(pageNo, Pages.page(PAGE_SIZE, version));
            }
          }
          history.put(version, after);
          transaction.commit(size);
        }
      }
      if (random.nextInt(5) == 0) {
        leader.swap();
      }
    }
  }

  private static void follow(Replicator replicator, SharedWal follower, SplittableRandom random)
      throws Exception {
    try (Injector injector = new Injector(follower)) {
      while (true) {
        replicator.changed().get();
        try (ReplicatedFrames frames = replicator.read()) {
          injector.begin();
          while (frames.next()) {
            injector.insert(frames.frameNo(), frames.pageNo(), frames.page());
          }
          injector.commit(frames.sizePages());
          assertThat(follower.lastCommittedFrameNo()).isEqualTo(frames.endFrameNo());
          replicator.taken(frames.endFrameNo());
        }
        if (random.nextInt(3) == 0) {
          follower.swap();
        }
      }
    }
  }

  private void check(SharedWal follower, AtomicBoolean done) throws IOException {
    while (!done.get()) {
      try (ReadTransaction snapshot = follower.beginRead()) {
        if (snapshot.sizePages() > 0) {
          Map<Integer, Long> first = versions(snapshot, Long.MAX_VALUE);
          assertThat(first).isEqualTo(history.get(first.get(1)));
          assertThat(versions(snapshot, Long.MAX_VALUE)).isEqualTo(first);
        }
      }
    }
  }

  @Test
  void aFollowerThatWasAwayCatchesUpFromStorage() throws Exception {
    MemoryStorage storage = new MemoryStorage();
    SharedWal leader = open("leader", storage);
    SharedWal follower = open("follower", new NoStorage());
    for (int version = 1; version <= 5; version++) {
      commit(leader, 3, version, 1, 1 + version % 3);
      leader.swap();
      leader.checkpoint();
    }
    commit(leader, 3, 6, 3);
    try (Replicator replicator = new Replicator(leader, storage, 0);
        ReplicatedFrames frames = replicator.read();
        Injector injector = new Injector(follower)) {
      injector.begin();
      while (frames.next()) {
        injector.insert(frames.frameNo(), frames.pageNo(), frames.page());
      }
      injector.commit(frames.sizePages());
    }
    assertThat(versions(follower, 9)).isEqualTo(versions(leader, 9)).isEqualTo(of(5, 4, 6));
  }

  private static void commitStating(SharedWal wal, long checksum) throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      transaction.insert(1, Pages.page(PAGE_SIZE, checksum));
      transaction.commit(1, checksum);
    }
  }

  /** Out of the current segment, out of the tail below an empty one, and out of storage. */
  @Test
  void theDatabaseChecksumGoesAlongWithThePages() throws Exception {
    MemoryStorage storage = new MemoryStorage();
    SharedWal leader = open("leader", storage);
    MemoryStorage taken = new MemoryStorage();
    SharedWal follower = open("follower", taken);
    try (Replicator replicator = new Replicator(leader, storage, 0);
        Injector injector = new Injector(follower)) {
      for (long checksum = 11; checksum <= 13; checksum++) {
        commitStating(leader, checksum);
        if (checksum > 11) {
          leader.swap();
        }
        try (ReplicatedFrames frames = replicator.read()) {
          assertThat(frames.databaseChecksum()).isEqualTo(checksum);
          injector.begin();
          while (frames.next()) {
            injector.insert(frames.frameNo(), frames.pageNo(), frames.page());
          }
          injector.commit(frames.sizePages(), frames.databaseChecksum());
          replicator.taken(frames.endFrameNo());
        }
        follower.swap();
        assertThat(follower.sealedSegments().get(0).databaseChecksum()).isEqualTo(checksum);
      }
      while (leader.checkpoint()) {
        continue;
      }
      try (ReplicatedFrames frames = replicator.read()) {
        assertThat(frames.databaseChecksum()).as("nothing here tells").isZero();
      }
    }
    WalRegistry synced = RegistryFixture.registry(io, storage);
    SharedWal third =
        synced.open(
            NAMESPACE, new RegistryFixture(directory.resolve("third")).request(new MemoryTarget()));
    synced.sync(NAMESPACE);
    try (ReadTransaction snapshot = third.beginRead()) {
      assertThat(snapshot.databaseChecksum()).isEqualTo(13);
    }
  }
}

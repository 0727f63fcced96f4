package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.RecordingStorage;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class WalRegistryTest {

  private static final Namespace OTHER = new Namespace("b");

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final RecordingStorage storage = new RecordingStorage();
  private final WalRegistry registry = RegistryFixture.registry(io, storage);
  private RegistryFixture fixture;

  @BeforeEach
  void layOut() {
    fixture = new RegistryFixture(directory);
  }

  /** A target whose position is not known before the test says so: a build in progress. */
  private static final class SlowTarget implements CheckpointTarget {

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final AtomicInteger closes = new AtomicInteger();
    private volatile boolean failing;

    @Override
    public Optional<LogPosition> position() throws IOException {
      asked.countDown();
      try {
        answer.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (failing) {
        throw new IOException("injected: position");
      }
      return Optional.empty();
    }

    @Override
    public void fold(List<SealedSegment> run) {
      // remembers nothing
    }

    @Override
    public void readPage(int pageNo, ByteBuffer target) throws IOException {
      throw new IOException("no page");
    }

    @Override
    public void force() {
      // nothing
    }

    @Override
    public void close() {
      closes.incrementAndGet();
    }
  }

  private CompletableFuture<SharedWal> openAsync(CheckpointTarget target) {
    CompletableFuture<SharedWal> opened = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                opened.complete(registry.open(NAMESPACE, fixture.request(target)));
              } catch (IOException | RuntimeException e) {
                opened.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return opened;
  }

  private SharedWal open() throws IOException {
    return registry.open(NAMESPACE, fixture.request(new MemoryTarget()));
  }

  @Test
  void exactlyOneThreadBuildsAndTheOthersGetWhatItBuilt() throws Exception {
    SlowTarget first = new SlowTarget();
    CompletableFuture<SharedWal> builder = openAsync(first);
    first.asked.await();
    List<MemoryTarget> unused = new ArrayList<>();
    List<CompletableFuture<SharedWal>> waiters = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      unused.add(new MemoryTarget());
      waiters.add(openAsync(unused.get(i)));
    }
    CompletableFuture<Optional<SharedWal>> future = registry.getAsync(NAMESPACE);
    assertThat(future).isNotDone();
    assertThat(registry.get(NAMESPACE)).isEmpty();
    first.answer.countDown();
    SharedWal wal = builder.get();
    for (CompletableFuture<SharedWal> waiter : waiters) {
      assertThat(waiter.get()).isSameAs(wal);
    }
    assertThat(future.get()).containsSame(wal);
    assertThat(registry.get(NAMESPACE)).containsSame(wal);
    assertThat(unused).allMatch(target -> target.closes() == 1);
    assertThat(first.closes).hasValue(0);
  }

  @Test
  void aFailedBuildFreesTheSlotAndWakesEveryWaiter() throws Exception {
    SlowTarget first = new SlowTarget();
    CompletableFuture<SharedWal> builder = openAsync(first);
    first.asked.await();
    CompletableFuture<Optional<SharedWal>> future = registry.getAsync(NAMESPACE);
    CompletableFuture<SharedWal> waiter = openAsync(new MemoryTarget());
    first.failing = true;
    first.answer.countDown();
    assertThatThrownBy(builder::get).hasRootCauseMessage("injected: position");
    assertThat(waiter.get().namespace()).isEqualTo(NAMESPACE); // it has built in its turn
    assertThat(future.get().map(wal -> wal == waiter.join()).orElse(true)).isTrue();
    assertThat(first.closes).hasValue(1);
  }

  @Test
  void aFaultAnywhereInABuildLeavesANamespaceThatCanBeOpened() throws IOException {
    SharedWal wal = open();
    commit(wal, 1, 1, 1);
    registry.remove(NAMESPACE);
    boolean failed = true;
    int faults = 0;
    for (int step = 1; failed; step++) {
      MemoryTarget target = new MemoryTarget();
      io.failFrom(step, 1);
      try {
        assertThat(registry.open(NAMESPACE, fixture.request(target)).lastCommittedFrameNo())
            .isEqualTo(1);
      } catch (IOException e) {
        faults++;
        assertThat(e).hasMessageContaining("injected");
        assertThat(target.closes()).isEqualTo(1);
        assertThat(registry.get(NAMESPACE)).isEmpty();
      }
      failed = io.heal();
      if (failed) {
        assertThat(open().lastCommittedFrameNo()).isEqualTo(1);
        registry.remove(NAMESPACE);
      }
    }
    assertThat(faults).isPositive();
  }

  @Test
  void aTombstoneRefusesUntilItIsRemoved() throws IOException {
    MemoryTarget target = new MemoryTarget();
    SharedWal wal = registry.open(NAMESPACE, fixture.request(target));
    assertThat(registry.tombstone(NAMESPACE)).containsSame(wal);
    assertThat(registry.tombstone(NAMESPACE)).isEmpty();
    assertThat(registry.get(NAMESPACE)).isEmpty();
    assertThatThrownBy(this::open)
        .isInstanceOf(DeletingException.class)
        .hasMessageContaining("tenants/a");
    registry.remove(NAMESPACE);
    assertThat(target.closes()).isEqualTo(1);
    assertThat(open()).isNotSameAs(wal);
  }

  @Test
  void tombstoneAndRemoveWaitForABuildInProgress() throws Exception {
    SlowTarget slow = new SlowTarget();
    CompletableFuture<SharedWal> builder = openAsync(slow);
    slow.asked.await();
    CompletableFuture<Optional<SharedWal>> tombstone =
        CompletableFuture.supplyAsync(() -> registry.tombstone(NAMESPACE));
    assertThat(tombstone).isNotDone();
    slow.answer.countDown();
    assertThat(tombstone.get()).containsSame(builder.get());
    registry.remove(NAMESPACE);
    assertThat(slow.closes).hasValue(1);

    SlowTarget again = new SlowTarget();
    CompletableFuture<SharedWal> rebuilder = openAsync(again);
    again.asked.await();
    CompletableFuture<Void> removal =
        CompletableFuture.runAsync(
            () -> {
              try {
                registry.remove(NAMESPACE);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(removal).isNotDone();
    again.answer.countDown();
    removal.get();
    rebuilder.get();
    assertThat(again.closes).hasValue(1);
    assertThat(registry.get(NAMESPACE)).isEmpty();
  }

  @Test
  void shutdownSealsFoldsAndClosesEverything() throws IOException {
    MemoryTarget target = new MemoryTarget();
    SharedWal wal = registry.open(NAMESPACE, fixture.request(target));
    registry.open(OTHER, fixture.request(OTHER, new MemoryTarget()));
    commit(wal, 2, 1, 1, 2);
    storage.ackOnShutdown();
    registry.shutdown();
    assertThat(storage.ends()).containsExactly(2L);
    assertThat(storage.stopped()).isTrue();
    assertThat(target.position().map(LogPosition::frameNo)).contains(2L);
    assertThat(target.closes()).isEqualTo(1);
    assertThatThrownBy(() -> wal.beginRead()).hasMessageContaining("closed");
    assertThatThrownBy(this::open)
        .isInstanceOf(ShuttingDownException.class)
        .hasMessageContaining("tenants/a");
  }

  @Test
  void shutdownEndsWithTombstonesAndBuildsInProgress() throws Exception {
    registry.tombstone(OTHER);
    MemoryTarget deleted = new MemoryTarget();
    Namespace third = new Namespace("c");
    registry.open(third, fixture.request(third, deleted));
    registry.tombstone(third);
    SlowTarget slow = new SlowTarget();
    CompletableFuture<SharedWal> builder = openAsync(slow);
    slow.asked.await();
    CompletableFuture<Void> shutdown = CompletableFuture.runAsync(registry::shutdown);
    slow.answer.countDown();
    shutdown.get();
    assertThat(builder.get().namespace()).isEqualTo(NAMESPACE);
    assertThat(slow.closes).hasValue(1);
    assertThat(deleted.closes()).isEqualTo(1);
  }

  @Test
  void oneNamespaceThatCannotShutDownDoesNotHoldUpTheOthers() throws IOException {
    MemoryTarget bad = new MemoryTarget();
    MemoryTarget good = new MemoryTarget();
    SharedWal first = registry.open(NAMESPACE, fixture.request(bad));
    SharedWal second = registry.open(OTHER, fixture.request(OTHER, good));
    commit(first, 1, 1, 1);
    commit(second, 1, 1, 1);
    bad.failFolds(1000);
    storage.ackOnShutdown();
    registry.shutdown();
    assertThat(good.position()).isPresent();
    assertThat(bad.position()).isEmpty();
    assertThat(bad.closes()).isEqualTo(1);
    assertThat(good.closes()).isEqualTo(1);
  }
}

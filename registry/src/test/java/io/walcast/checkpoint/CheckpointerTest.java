package io.walcast.checkpoint;

import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.CheckpointTarget;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.storage.NoStorage;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.RegistryFixture;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class CheckpointerTest {

  private static final Namespace A = new Namespace("a");
  private static final Namespace B = new Namespace("b");

  @TempDir Path directory;
  private final StandardIo io = new StandardIo();
  private final Checkpointer checkpointer =
      new Checkpointer(io, new CheckpointOptions(2, Duration.ofMillis(1), Duration.ofMillis(4)));
  private final WalRegistry registry =
      new WalRegistry(io, new NoStorage(), checkpointer, RegistryOptions.defaults());
  private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
  private RegistryFixture fixture;

  @BeforeEach
  void start() {
    fixture = new RegistryFixture(directory);
    checkpointer.start(registry);
  }

  @AfterEach
  void stop() {
    registry.shutdown();
  }

  private SharedWal open(Namespace namespace, CheckpointTarget target) throws IOException {
    OpenRequest request = fixture.request(namespace, target);
    CheckpointListener listener =
        new CheckpointListener() {
          @Override
          public void checkpointed(LogPosition upTo) {
            events.add(namespace + " " + upTo.frameNo());
          }

          @Override
          public void failed(IOException cause) {
            events.add(namespace + " " + cause.getMessage());
          }
        };
    return registry.open(
        namespace,
        new OpenRequest(
            request.walDirectory(),
            target,
            request.pageSize(),
            request.epoch(),
            request.start(),
            request.recoverUpToFrameNo(),
            request.minimumNextFrameNo(),
            listener));
  }

  private Object nextEvent() throws InterruptedException {
    return events.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void aSwappedSegmentIsFoldedAndAFailedFoldIsTriedAgain() throws Exception {
    MemoryTarget target = new MemoryTarget();
    SharedWal wal = open(A, target);
    commit(wal, 1, 1, 1);
    wal.swap();
    assertThat(nextEvent()).isEqualTo("a 1");
    target.failFolds(3);
    commit(wal, 1, 2, 1);
    wal.swap();
    for (int i = 0; i < 3; i++) {
      assertThat(nextEvent()).isEqualTo("a injected: fold");
    }
    assertThat(nextEvent()).isEqualTo("a 2");
    assertThat(wal.tailLength()).isZero();
  }

  @Test
  void anErrorOfTheJvmIsAFailedFoldAndNotTheEndOfAllFolds() throws Exception {
    MemoryTarget target = new MemoryTarget();
    SharedWal wal = open(A, target);
    AtomicInteger folds = new AtomicInteger();
    target.beforeFold(
        () -> {
          if (folds.incrementAndGet() <= 3) { // as often as there are threads, and once more
            throw new InternalError("a fault occurred in a mapped file");
          }
        });
    commit(wal, 1, 1, 1);
    wal.swap();
    for (int i = 0; i < 3; i++) {
      assertThat(nextEvent()).asString().contains("a fault occurred");
    }
    assertThat(nextEvent()).isEqualTo("a 1");
  }

  @Test
  void aNamespaceThatHangsDoesNotHoldUpAnotherAndIsNeverCheckpointedTwiceAtATime()
      throws Exception {
    MemoryTarget hanging = new MemoryTarget();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger folding = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    hanging.beforeFold(
        () -> {
          most.accumulateAndGet(folding.incrementAndGet(), Math::max);
          inside.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          folding.decrementAndGet();
        });
    SharedWal slow = open(A, hanging);
    SharedWal quick = open(B, new MemoryTarget());
    commit(slow, 1, 1, 1);
    slow.swap();
    inside.await();
    commit(slow, 1, 2, 1);
    slow.swap();
    commit(quick, 1, 1, 1);
    quick.swap();
    assertThat(nextEvent()).isEqualTo("b 1");
    release.countDown();
    assertThat(nextEvent()).isEqualTo("a 1");
    assertThat(nextEvent()).isEqualTo("a 2");
    assertThat(most).hasValue(1);
  }

  @Test
  void aSegmentIsFoldedOnceItsLastReaderHasGone() throws Exception {
    SharedWal wal = open(A, new MemoryTarget());
    commit(wal, 1, 1, 1);
    ReadTransaction first = wal.beginRead();
    ReadTransaction second = wal.beginRead();
    wal.swap();
    commit(wal, 1, 2, 1);
    first.close();
    assertThat(wal.checkpoint()).isFalse();
    assertThat(wal.checkpointedFrameNo()).isZero();
    second.close();
    assertThat(nextEvent()).isEqualTo("a 1");
  }

  @Test
  void segmentsFoundAtOpeningAreFolded() throws Exception {
    SharedWal wal = open(A, new MemoryTarget());
    commit(wal, 1, 1, 1);
    registry.remove(A);
    open(A, new MemoryTarget());
    assertThat(nextEvent()).isEqualTo("a 1");
  }

  @Test
  void shutdownWaitsForTheCheckpointBeingRun() throws Exception {
    MemoryTarget target = new MemoryTarget();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    target.beforeFold(
        () -> {
          inside.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    SharedWal wal = open(A, target);
    commit(wal, 1, 1, 1);
    wal.swap();
    inside.await();
    CompletableFuture<Void> shutdown = CompletableFuture.runAsync(checkpointer::shutdown);
    assertThat(shutdown).isNotDone();
    release.countDown();
    shutdown.get();
    assertThat(target.position().map(LogPosition::frameNo)).isEqualTo(Optional.of(1L));
  }

  @Test
  void aNotificationForANamespaceThatIsGoneIsForgotten() throws Exception {
    checkpointer.checkpointDue(new Namespace("gone"));
    SharedWal wal = open(A, new MemoryTarget());
    commit(wal, 1, 1, 1);
    wal.swap();
    assertThat(nextEvent()).isEqualTo("a 1");
  }
}

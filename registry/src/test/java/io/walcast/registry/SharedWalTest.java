package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RecordingStorage;
import io.walcast.testing.RegistryFixture;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedWalTest {

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final RecordingStorage storage = new RecordingStorage();
  private final MemoryTarget target = new MemoryTarget();
  private final List<LogPosition> checkpointed = new ArrayList<>();
  private RegistryFixture fixture;
  private SharedWal wal;

  @BeforeEach
  void open() throws IOException {
    fixture = new RegistryFixture(directory);
    wal = open(RegistryOptions.defaults());
  }

  private SharedWal open(RegistryOptions options) throws IOException {
    OpenRequest request = fixture.request(target);
    CheckpointListener listener =
        new CheckpointListener() {
          @Override
          public void checkpointed(LogPosition upTo) {
            checkpointed.add(upTo);
          }

          @Override
          public void failed(IOException cause) {
            throw new AssertionError(cause);
          }
        };
    OpenRequest listened =
        new OpenRequest(
            request.walDirectory(),
            target,
            request.pageSize(),
            request.epoch(),
            request.start(),
            request.recoverUpToFrameNo(),
            request.minimumNextFrameNo(),
            listener);
    return new WalRegistry(io, storage, RegistryFixture.UNNOTIFIED, options)
        .open(NAMESPACE, listened);
  }

  @Test
  void aNewLogHasCommittedAndCheckpointedNothing() {
    assertThat(wal.lastCommittedFrameNo()).isZero();
    assertThat(wal.checkpointedFrameNo()).isZero();
    assertThat(wal.durableFrameNo()).isZero();
    assertThat(wal.currentFrameCount()).isZero();
  }

  @Test
  void snapshotsStayAsTheyAreAcrossCommitsSwapsAndCheckpoints() throws IOException {
    commit(wal, 3, 1, 1, 2, 3);
    wal.swap();
    commit(wal, 3, 2, 2);
    try (ReadTransaction old = wal.beginRead()) {
      commit(wal, 4, 3, 1, 2, 4);
      wal.swap();
      commit(wal, 2, 4, 1);
      wal.swap();
      wal.raiseDurable(100);
      assertThat(versions(old, 9)).isEqualTo(of(1, 2, 1));
      assertThat(wal.checkpoint()).isFalse();
      assertThat(wal.checkpointedFrameNo()).as("only what is below the snapshot").isEqualTo(3);
      assertThat(versions(old, 9)).isEqualTo(of(1, 2, 1));
      assertThat(versions(wal, 9)).isEqualTo(of(4, 3));
    }
    wal.checkpoint();
    assertThat(wal.checkpointedFrameNo()).isEqualTo(wal.lastCommittedFrameNo());
    assertThat(wal.tailLength()).isZero();
    assertThat(io.list(fixture.segments(NAMESPACE))).hasSize(1);
    assertThat(versions(wal, 9)).isEqualTo(of(4, 3));
    assertThat(checkpointed).extracting(LogPosition::frameNo).containsExactly(3L, 8L);
  }

  @Test
  void aReaderThatComesWhileItsSegmentIsChosenGetsANewerSnapshot() throws Exception {
    commit(wal, 1, 1, 1);
    wal.swap();
    wal.raiseDurable(1);
    AtomicReference<ReadTransaction> reader = new AtomicReference<>();
    target.beforeFold(
        () -> {
          try {
            reader.set(wal.beginRead());
            commit(wal, 1, 2, 1);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    wal.checkpoint();
    assertThat(versions(reader.get(), 9)).isEqualTo(of(1));
    assertThat(versions(wal, 9)).isEqualTo(of(2));
    reader.get().close();
  }

  @Test
  void theCheckpointerIsToldWhenTheLastReaderOfASealedSegmentGoes() throws IOException {
    wal.close();
    AtomicInteger told = new AtomicInteger();
    CheckpointNotifier counting =
        new CheckpointNotifier() {
          @Override
          public void checkpointDue(Namespace namespace) {
            told.incrementAndGet();
          }

          @Override
          public void shutdown() {
            // nothing runs
          }
        };
    wal =
        new WalRegistry(io, storage, counting, RegistryOptions.defaults())
            .open(NAMESPACE, fixture.request(target));
    commit(wal, 1, 1, 1);
    ReadTransaction first = wal.beginRead();
    ReadTransaction second = wal.beginRead();
    wal.swap();
    first.close();
    assertThat(told).hasValue(0);
    second.close();
    assertThat(told).hasValue(1);
    commit(wal, 1, 2, 1); // on top of a tail that no snapshot keeps from a checkpoint
    wal.beginRead().close();
    assertThat(told).hasValue(1);
  }

  @Test
  void onlyDurableSegmentsAreFolded() throws IOException {
    for (int version = 1; version <= 3; version++) {
      commit(wal, 2, version, 1, 2);
      wal.swap();
    }
    assertThat(storage.ends()).containsExactly(2L, 4L, 6L);
    wal.checkpoint();
    assertThat(wal.tailLength()).isEqualTo(3);
    storage.acknowledge(5);
    wal.checkpoint();
    assertThat(wal.checkpointedFrameNo()).isEqualTo(4);
    storage.acknowledge(2);
    assertThat(wal.durableFrameNo()).as("never goes back").isEqualTo(5);
  }

  @Test
  void aSegmentThatIsDurableAlreadyIsNotStoredAgain() throws IOException {
    commit(wal, 1, 1, 1);
    wal.raiseDurable(1);
    wal.swap();
    assertThat(storage.ends()).isEmpty();
  }

  @Test
  void aCheckpointIsBoundedInBytesButTakesAtLeastOneSegment() throws IOException {
    wal.close();
    wal = open(RegistryOptions.defaults().withCheckpointBytes(2 * 1300));
    for (int version = 1; version <= 5; version++) {
      commit(wal, 2, version, 1, 2); // 2 frames, index and trailer: 1,224 bytes
      wal.swap();
    }
    wal.raiseDurable(10);
    assertThat(wal.checkpoint()).isTrue();
    assertThat(wal.checkpoint()).isTrue();
    assertThat(wal.checkpoint()).isFalse();
    assertThat(target.runLengths()).containsExactly(2, 2, 1);
  }

  @Test
  void aFailedFoldChangesNothing() throws IOException {
    commit(wal, 1, 1, 1);
    wal.swap();
    wal.raiseDurable(1);
    target.failFolds(1);
    assertThatThrownBy(() -> wal.checkpoint()).hasMessage("injected: fold");
    assertThat(wal.tailLength()).isEqualTo(1);
    assertThat(wal.checkpointedFrameNo()).isZero();
    assertThat(versions(wal, 9)).isEqualTo(of(1));
    wal.checkpoint();
    assertThat(wal.checkpointedFrameNo()).isEqualTo(1);
  }

  @Test
  void aWriterSeesItsOwnPagesAndNobodyElseDoes() throws IOException {
    commit(wal, 2, 1, 1, 2);
    wal.swap();
    try (WriteTransaction transaction = wal.beginWrite()) {
      transaction.insert(2, Pages.page(512, 2));
      ByteBuffer own = ByteBuffer.allocate(512);
      transaction.readPage(2, own);
      assertThat(own.array()).isEqualTo(Pages.bytes(512, 2));
      ByteBuffer tail = ByteBuffer.allocate(512);
      transaction.readPage(1, tail);
      assertThat(tail.array()).isEqualTo(Pages.bytes(512, 1));
      assertThat(versions(wal, 9)).isEqualTo(of(1, 1));
    }
    assertThat(versions(wal, 9)).isEqualTo(of(1, 1));
    assertThat(wal.currentFrameCount()).isZero();
  }

  @Test
  void theNextWriterWaitsForTheOneBefore() throws Exception {
    WriteTransaction first = wal.beginWrite();
    CompletableFuture<Long> second =
        CompletableFuture.supplyAsync(
            () -> {
              try (WriteTransaction transaction = wal.beginWrite()) {
                return transaction.baseFrameNo();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    first.insert(1, Pages.page(512, 1));
    assertThat(second).isNotDone();
    first.commit(1);
    assertThat(second.get()).isEqualTo(1);
  }

  @Test
  void waitingForOneselfIsAnErrorAndNotAStandstill() throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      assertThatThrownBy(() -> wal.beginWrite()).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> wal.swap()).isInstanceOf(IllegalStateException.class);
      transaction.rollback();
    }
    assertThat(wal.swap()).isFalse();
  }

  @Test
  void aSwapThatFailsAtAnyStepChangesNothingAndTheNextOneSucceeds() throws IOException {
    int failed = 0;
    long version = 0;
    for (int step = 1; failed == step - 1; step++) {
      commit(wal, 2, ++version, 1, 2);
      int frames = wal.currentFrameCount();
      io.failFrom(step, 1);
      try {
        wal.swap();
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("injected");
        assertThat(wal.currentFrameCount()).isEqualTo(frames);
        assertThat(wal.tailLength()).isZero();
        assertThat(io.list(fixture.segments(NAMESPACE))).as("no stray file").hasSize(1);
        failed++;
      }
      io.heal();
      assertThat(versions(wal, version)).isEqualTo(of(version, version));
    }
    // From the sync on, that is after it failed, header and frames are written again before.
    assertThat(failed)
        .as("open, header, directory, index, sync, index, sync, trailer")
        .isEqualTo(8);
    assertThat(wal.tailLength()).isEqualTo(1);
    assertThat(storage.ends()).containsExactly(wal.lastCommittedFrameNo());
    commit(wal, 2, ++version, 1);
    assertThat(wal.swap()).isTrue();
  }

  @Test
  void aStrayFileOfAFailedSwapIsOverwrittenEvenIfItCouldNotBeDeleted() throws IOException {
    commit(wal, 1, 1, 1);
    io.failFrom(4, Long.MAX_VALUE); // from the index on, the deletion of the new file included
    assertThatThrownBy(() -> wal.swap()).hasMessageContaining("injected");
    io.heal();
    assertThat(io.list(fixture.segments(NAMESPACE))).hasSize(2);
    wal.close();
    wal = open(RegistryOptions.defaults());
    commit(wal, 1, 2, 1);
    assertThat(wal.swap()).isTrue();
    assertThat(versions(wal, 9)).isEqualTo(of(2));
  }

  @Test
  void thePolicyIsAskedWithFramesAgeAndSegmentsInFlight() throws IOException {
    List<SwapContext> asked = new ArrayList<>();
    wal.close();
    wal =
        open(
            RegistryOptions.defaults()
                .withSwapPolicy(
                    context -> {
                      asked.add(context);
                      return context.segmentsInFlight() < 2;
                    }));
    assertThat(wal.swapIfDue()).isFalse();
    for (int i = 1; i <= 3; i++) {
      commit(wal, 2, i, 1, 2);
      io.advanceNanos(5_000_000_000L);
      assertThat(wal.swapIfDue()).isEqualTo(i < 3);
    }
    wal.raiseDurable(2);
    assertThat(wal.swapIfDue()).isTrue();
    assertThat(asked)
        .containsExactly(
            context(2, Duration.ofSeconds(5), 0),
            context(2, Duration.ofSeconds(5), 1),
            context(2, Duration.ofSeconds(5), 2),
            context(2, Duration.ofSeconds(5), 1));
  }

  private static SwapContext context(long frames, Duration age, int inFlight) {
    return new SwapContext(frames, age, inFlight, Duration.ofSeconds(5), Duration.ZERO);
  }

  @Test
  void swapsRestInProportionToWhatTheLastOneTook() {
    SwapPolicy policy = SwapPolicy.rested(8);
    Duration took = Duration.ofMillis(3);
    assertThat(policy.isDue(new SwapContext(1, Duration.ZERO, 0, Duration.ofMillis(23), took)))
        .isFalse();
    assertThat(policy.isDue(new SwapContext(1, Duration.ZERO, 0, Duration.ofMillis(24), took)))
        .isTrue();
    assertThat(policy.isDue(new SwapContext(1, Duration.ZERO, 0, Duration.ZERO, Duration.ZERO)))
        .isTrue();
  }

  @Test
  void theStandardPolicyIsFiveMinutesOrManyFramesOrSomeAndHalfAMinute() {
    SwapPolicy policy = SwapPolicy.standard();
    assertThat(policy.isDue(context(1, Duration.ofMinutes(5), 0))).isTrue();
    assertThat(policy.isDue(context(999, Duration.ofSeconds(299), 0))).isFalse();
    assertThat(policy.isDue(context(20_000, Duration.ZERO, 9))).isTrue();
    assertThat(policy.isDue(context(19_999, Duration.ofSeconds(29), 0))).isFalse();
    assertThat(policy.isDue(context(1_000, Duration.ofSeconds(30), 0))).isTrue();
    assertThat(SwapPolicy.whenNothingInFlight().isDue(context(1, Duration.ZERO, 1))).isFalse();
    assertThat(SwapPolicy.whenNothingInFlight().isDue(context(1, Duration.ZERO, 0))).isTrue();
  }

  @Test
  void aClosedLogSaysSo() throws IOException {
    commit(wal, 2, 1, 1, 2);
    wal.swap();
    ReadTransaction reader = wal.beginRead();
    WriteTransaction writer = wal.beginWrite();
    wal.close();
    assertThatThrownBy(() -> wal.beginRead()).hasMessageContaining("tenants/a is closed");
    assertThatThrownBy(() -> reader.readPage(1, ByteBuffer.allocate(512)))
        .hasMessageContaining("tenants/a is closed");
    writer.insert(1, Pages.page(512, 2));
    assertThatThrownBy(() -> writer.commit(2)).isInstanceOf(IOException.class);
    writer.close();
    reader.close();
    assertThat(wal.checkpoint()).isFalse();
    assertThat(target.closes()).isEqualTo(1);
    wal = open(RegistryOptions.defaults());
    assertThat(versions(wal, 9)).isEqualTo(of(1, 1));
    assertThat(Optional.of(wal.lastCommittedFrameNo())).contains(2L);
  }
}

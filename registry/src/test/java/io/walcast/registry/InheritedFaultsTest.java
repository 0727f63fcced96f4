package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.LOG;
import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.segment.BufferPool;
import io.walcast.segment.CurrentSegment;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentAppender;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import io.walcast.segment.SegmentList;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.storage.MemoryStorage;
import io.walcast.storage.NoStorage;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.SegmentStorage;
import io.walcast.testing.BlockingTarget;
import io.walcast.testing.BrokenStorage;
import io.walcast.testing.CheckpointOutcomes;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.ScriptedViews;
import io.walcast.transaction.LogView;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The faults of the reference (design, section 3), one test each: it fails without the fix. */
@Timeout(60)
class InheritedFaultsTest {

  private static final Namespace OTHER = new Namespace("b");
  private static final Namespace MARKED = new Namespace("c");

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final MemoryStorage storage = new MemoryStorage();
  private final MemoryTarget target = new MemoryTarget();
  private WalRegistry registry;
  private RegistryFixture fixture;

  @BeforeEach
  void layOut() {
    fixture = new RegistryFixture(directory.resolve("here"));
    registry = RegistryFixture.registry(io, storage);
  }

  private SharedWal open() throws IOException {
    return registry.open(NAMESPACE, fixture.request(target));
  }

  /** The log of the primary, which stores into the same storage from elsewhere. */
  private SharedWal primary() throws IOException {
    return RegistryFixture.registry(io, storage)
        .open(
            NAMESPACE,
            new RegistryFixture(directory.resolve("primary")).request(new MemoryTarget()));
  }

  private static void seal(SharedWal wal, int sizeAfter, long version, int... pageNos)
      throws IOException {
    commit(wal, sizeAfter, version, pageNos);
    wal.swap();
  }

  @Test
  void fault01_aWaiterThatSubscribesAfterTheWakeUpDoesNotSleep() throws Exception {
    BlockingTarget slow = new BlockingTarget();
    CompletableFuture<SharedWal> builder =
        slow.beginToOpen(registry, NAMESPACE, fixture.request(slow));
    CompletableFuture<Optional<SharedWal>> early = registry.getAsync(NAMESPACE);
    assertThat(early).as("answered by no thread that waits").isNotDone();
    slow.answer();
    builder.get();
    // what was asked for during the build and is looked at only now, and a late question
    assertThat(early.get(20, TimeUnit.SECONDS)).isPresent();
    assertThat(registry.getAsync(NAMESPACE).get(20, TimeUnit.SECONDS)).isPresent();
  }

  @Test
  void fault02_shutdownPassesTombstonesAndASyncWaitsForWhatIsBeingBuilt() throws Exception {
    seal(primary(), 1, 1, 1);
    registry.tombstone(OTHER);
    BlockingTarget slow = new BlockingTarget();
    CompletableFuture<SharedWal> builder =
        slow.beginToOpen(registry, NAMESPACE, fixture.request(slow));
    CompletableFuture<List<SyncResult>> sync =
        CompletableFuture.supplyAsync(() -> registry.syncAll(2));
    assertThat(sync).isNotDone();
    slow.answer();
    builder.get();
    List<SyncResult> results = sync.get(20, TimeUnit.SECONDS);
    assertThat(results).extracting(SyncResult::namespace).containsExactly(NAMESPACE);
    assertThat(results).extracting(SyncResult::afterFrameNo).containsExactly(1L);
    MemoryTarget marked = new MemoryTarget();
    commit(registry.open(MARKED, fixture.request(MARKED, marked)), 1, 1, 1);
    registry.tombstone(MARKED);
    registry.remove(OTHER);
    BlockingTarget late = new BlockingTarget();
    CompletableFuture<SharedWal> built =
        late.beginToOpen(registry, OTHER, fixture.request(OTHER, late));
    Thread shutdown = new Thread(registry::shutdown, "shutdown");
    shutdown.start();
    while (shutdown.isAlive() && shutdown.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertThat(shutdown.isAlive()).as("waits, since a build is in progress").isTrue();
    late.answer();
    SharedWal last = built.get();
    shutdown.join(20_000);
    assertThat(marked.closes()).as("a log that is to be deleted is closed, too").isOne();
    assertThat(storage.list(MARKED)).as("and sealed before").hasSize(1);
    assertThatThrownBy(last::beginRead).hasMessageContaining("closed");
  }

  @Test
  void fault03_anErrorWhileSyncingIsAResultAndLeavesTheLogAsItWas() throws IOException {
    SharedWal primary = primary();
    seal(primary, 3, 1, 1, 2, 3);
    seal(primary, 3, 2, 2);
    BrokenStorage broken = new BrokenStorage(storage);
    registry = RegistryFixture.registry(io, broken);
    SharedWal wal = open();
    SharedWal good = registry.open(OTHER, fixture.request(OTHER, new MemoryTarget()));
    broken.failAfterFrames(2);
    List<SyncResult> results = registry.syncAll(1);
    SyncResult bad =
        results.stream().filter(r -> r.namespace().equals(NAMESPACE)).findFirst().orElseThrow();
    assertThat(bad.failure()).get().asString().contains("injected");
    assertThat(results).filteredOn(r -> r.namespace().equals(OTHER)).hasSize(1);
    assertThat(good.lastCommittedFrameNo()).isZero();
    assertThat(wal.lastCommittedFrameNo()).isZero();
    assertThat(wal.durableFrameNo()).as("frames that never arrived").isZero();
    assertThat(wal.tryBeginWrite())
        .as("no transaction is left open")
        .isPresent()
        .get()
        .satisfies(WriteTransaction::close);
    assertThatThrownBy(() -> registry.sync(NAMESPACE)).hasMessageContaining("injected");

    broken.heal();
    assertThat(registry.sync(NAMESPACE).orElseThrow().pages()).isEqualTo(3);
    assertThat(versions(wal, 9)).isEqualTo(of(1, 2, 1));
    assertThat(wal.durableFrameNo()).isEqualTo(4);
  }

  @Test
  void fault04_theSizeAfterASyncIsThatOfTheNewestSegment() throws IOException {
    SharedWal primary = primary();
    seal(primary, 6, 1, 1, 2, 3, 4, 5, 6);
    seal(primary, 9, 2, 1, 9); // 7 and 8 were never written
    seal(primary, 4, 3, 1);
    SharedWal wal = open();
    registry.sync(NAMESPACE);
    assertThat(wal.sizePages()).isEqualTo(4);
    assertThat(versions(wal, 9)).isEqualTo(of(3, 1, 1, 1));
    while (wal.checkpoint()) {
      continue;
    }
    assertThatThrownBy(() -> target.readPage(5, ByteBuffer.allocate(PAGE_SIZE)))
        .as("pages beyond the end are not written")
        .hasMessageContaining("no page 5");

    int lockBytePage = DatabaseHeader.lockBytePage(PAGE_SIZE);
    seal(primary, lockBytePage + 1, 4, 1, lockBytePage + 1);
    SyncResult result = registry.sync(NAMESPACE).orElseThrow();
    assertThat(result.pages()).isEqualTo(2);
    assertThat(wal.sizePages()).isEqualTo(lockBytePage + 1);
  }

  @Test
  void fault05_aSyncStopsAtWhatTheReplicaHas() throws IOException {
    SharedWal primary = primary();
    seal(primary, 3, 1, 1, 2, 3);
    seal(primary, 3, 2, 2);
    Set<Long> fetched = new HashSet<>();
    SegmentStorage watched = new BrokenStorage(storage).onFetch(k -> fetched.add(k.startFrameNo()));
    registry = RegistryFixture.registry(io, watched);
    SharedWal wal = open();
    registry.sync(NAMESPACE);
    assertThat(fetched).containsExactlyInAnyOrder(1L, 4L);
    seal(primary, 3, 3, 1, 2);
    seal(primary, 3, 4, 2);
    fetched.clear();
    SyncResult result = registry.sync(NAMESPACE).orElseThrow();
    assertThat(fetched).as("start frames of what was read").containsExactlyInAnyOrder(5L, 7L);
    assertThat(result.beforeFrameNo()).isEqualTo(4);
    assertThat(result.afterFrameNo()).isEqualTo(7);
    assertThat(result.pages()).isEqualTo(2);
    assertThat(versions(wal, 9)).isEqualTo(of(3, 4, 1));
    fetched.clear();
    registry.sync(NAMESPACE);
    assertThat(fetched).isEmpty();
  }

  @Test
  void fault06_theCheckpointedFrameIsZeroWhenNothingWasCheckpointed() throws IOException {
    assertThat(open().checkpointedFrameNo()).isZero();
    registry.remove(NAMESPACE);
    registry = RegistryFixture.registry(io, new BrokenStorage(storage).storingNothing());
    SharedWal wal = open();
    seal(wal, 1, 1, 1);
    registry.remove(NAMESPACE);
    SharedWal reopened = open();
    assertThat(reopened.tailLength()).isEqualTo(1);
    assertThat(reopened.checkpointedFrameNo()).as("derived from the tail").isZero();
  }

  @Test
  void fault07_theHeaderIsWrittenOnceAndEveryCutLeavesWholeTransactions() throws IOException {
    SharedWal wal = open();
    Path segment = io.list(fixture.segments(NAMESPACE)).get(0);
    byte[] header = Arrays.copyOf(Files.readAllBytes(segment), 68);
    List<Long> ends = new ArrayList<>(List.of(68L));
    for (int i = 1; i <= 3; i++) {
      commit(wal, 2, i, 1, 2);
      ends.add(Files.size(segment));
      assertThat(Arrays.copyOf(Files.readAllBytes(segment), 68)).isEqualTo(header);
    }
    byte[] whole = Files.readAllBytes(segment);
    registry.remove(NAMESPACE);
    for (int length = 68; length <= whole.length; length += 13) {
      Files.write(segment, Arrays.copyOf(whole, length));
      SharedWal recovered = open();
      int cut = length;
      long transactions = ends.stream().filter(end -> end <= cut).count() - 1;
      assertThat(recovered.lastCommittedFrameNo()).as("cut at %d", cut).isEqualTo(transactions * 2);
      registry.remove(NAMESPACE);
      for (Path left : io.list(fixture.segments(NAMESPACE))) {
        Files.delete(left);
      }
    }
  }

  @Test
  void fault08_aFailedSwapLeavesNothingThatMakesTheNextOneFail() throws IOException {
    SharedWal wal = open();
    boolean failed = true;
    int faults = 0;
    for (int n = 1; failed; n++) {
      commit(wal, 1, n, 1);
      io.failFrom(n, 1);
      try {
        wal.swap();
      } catch (IOException e) {
        faults++;
      }
      failed = io.heal();
      commit(wal, 1, n + 1, 1);
      assertThat(wal.swap()).isTrue();
    }
    assertThat(faults).isGreaterThan(3);

    commit(wal, 1, 1, 1); // now one that could not be deleted, torn and whole
    Path newest = io.list(fixture.segments(NAMESPACE)).get(wal.tailLength());
    for (int length : new int[] {30, 68}) {
      long next = wal.lastCommittedFrameNo() + 1;
      Path stray = newest.resolveSibling(String.format("%020d.seg", next));
      Files.write(stray, Arrays.copyOf(Files.readAllBytes(newest), length));
      assertThat(wal.swap()).as("over a stray file of %d bytes", length).isTrue();
      commit(wal, 1, 1, 1);
    }
  }

  @Test
  void fault09_aReaderCannotPinASegmentThatIsChosenForACheckpoint() throws IOException {
    SegmentDirectory segments =
        new SegmentDirectory(io, directory.resolve("segments"), new BufferPool(1), true);
    segments.segments();
    CurrentSegment old = segments.create(header(1));
    try (SegmentAppender appender = old.append(1)) {
      appender.insert(1, Pages.page(PAGE_SIZE, 1));
      appender.commit(1);
    }
    LogView before = new LogView(old, SegmentList.of(List.of()));
    SealedSegment sealed = old.seal(io.now(), true);
    LogView after = new LogView(segments.create(header(2)), SegmentList.of(List.of(sealed)));

    try (ReadTransaction first = ReadTransaction.begin(new ScriptedViews(before))) {
      assertThat(sealed.pins().choose()).as("a reader was there before").isFalse();
      assertThat(first.frameNo()).isEqualTo(1);
    }
    assertThat(sealed.pins().choose()).isTrue();
    // this one has looked at the log before the swap, and pins after the choice
    ScriptedViews views = new ScriptedViews(before, after);
    try (ReadTransaction late = ReadTransaction.begin(views)) {
      assertThat(views.left()).as("it had to look again").isEmpty();
      assertThat(late.sizePages()).isEqualTo(after.current().committed().sizePages());
    }
  }

  private static SegmentHeader header(long startFrameNo) {
    return new SegmentHeader(
        PAGE_SIZE, startFrameNo, 0, LOG, 1, startFrameNo, Instant.ofEpochMilli(0));
  }

  @Test
  void fault10_anEmptySegmentHasCommittedTheFrameBeforeItsStart() throws IOException {
    SharedWal wal = open();
    assertThat(wal.lastCommittedFrameNo()).isZero();
    seal(wal, 2, 1, 1, 2);
    assertThat(wal.currentFrameCount()).isZero();
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(2);
    try (ReadTransaction snapshot = wal.beginRead()) {
      assertThat(snapshot.frameNo()).isEqualTo(2);
    }
  }

  /** The clock stands still but where the test moves it, so nobody's wait ends by itself. */
  @Test
  void fault11_aNamespaceWhoseCheckpointsFailHoldsUpNoOther() throws Exception {
    Duration first = Duration.ofSeconds(1);
    Duration longest = Duration.ofHours(1);
    Checkpointer checkpointer = new Checkpointer(io, new CheckpointOptions(1, first, longest));
    registry = new WalRegistry(io, new NoStorage(), checkpointer, RegistryOptions.defaults());
    checkpointer.start(registry);
    target.failFolds(Integer.MAX_VALUE);
    CheckpointOutcomes bad = new CheckpointOutcomes();
    seal(registry.open(NAMESPACE, fixture.request(NAMESPACE, target, PAGE_SIZE, bad)), 1, 1, 1);
    bad.awaitFailure();
    for (int i = 0; i < 40; i++) { // however often, nothing gives up
      io.advanceNanos(longest.toNanos());
      checkpointer.checkpointDue(NAMESPACE);
      bad.awaitFailure();
    }
    MemoryTarget good = new MemoryTarget();
    CheckpointOutcomes other = new CheckpointOutcomes();
    SharedWal working = registry.open(OTHER, fixture.request(OTHER, good, PAGE_SIZE, other));
    for (int i = 1; i <= 5; i++) {
      seal(working, 1, i, 1);
      other.awaitFold();
    }
    good.failFolds(1);
    seal(working, 1, 6, 1);
    other.awaitFailure();
    io.advanceNanos(first.toNanos()); // its first failure, whatever the other one's count
    checkpointer.checkpointDue(OTHER);
    other.awaitFold();
    assertThat(bad.isFailureLeft()).as("it still waits").isFalse();
    checkpointer.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void fault12_everyPageSizeOfSqliteIsTaken(int pageSize) throws IOException {
    OpenRequest sized = fixture.request(NAMESPACE, target, pageSize, CheckpointListener.NONE);
    SharedWal wal = registry.open(NAMESPACE, sized);
    try (WriteTransaction transaction = wal.beginWrite()) {
      transaction.insert(1, Pages.page(pageSize, 7));
      transaction.insert(2, Pages.page(pageSize, 8));
      transaction.commit(2);
    }
    wal.swap();
    SegmentKey key = storage.find(NAMESPACE, LOG, 2).orElseThrow();
    try (FrameCursor stored =
        storage.fetch(NAMESPACE, key, storage.index(NAMESPACE, key).pages())) {
      assertThat(stored.next()).isTrue();
      assertThat(stored.page()).isEqualTo(Pages.page(pageSize, 7));
    }
    wal.checkpoint();
    assertThat(wal.tailLength()).isZero();
    try (ReadTransaction snapshot = wal.beginRead()) {
      ByteBuffer page = ByteBuffer.allocate(pageSize);
      snapshot.readPage(2, page);
      assertThat(page.flip()).isEqualTo(Pages.page(pageSize, 8));
    }
  }
}

package io.walcast.transaction;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.SealedSegment;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RecordingStorage;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Savepoints, and snapshots that become writers. */
class WriteTransactionTest {

  private static final Duration RESERVATION = Duration.ofMillis(7);

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final RecordingStorage storage = new RecordingStorage();
  private final MemoryTarget target = new MemoryTarget();
  private WalRegistry registry;
  private SharedWal wal;

  @BeforeEach
  void open() throws IOException {
    RegistryOptions options =
        RegistryOptions.defaults()
            .withWriterLimits(new WriterLimits(Duration.ofMinutes(1), RESERVATION));
    registry = new WalRegistry(io, storage, RegistryFixture.UNNOTIFIED, options);
    wal = registry.open(NAMESPACE, new RegistryFixture(directory).request(target));
    commit(wal, 3, 1, 1, 2, 3);
  }

  private static void insert(WriteTransaction transaction, long version, int... pageNos)
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

  @Test
  void savepointsNest() throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      insert(transaction, 2, 1);
      Savepoint outer = transaction.savepoint();
      insert(transaction, 3, 1, 2);
      Savepoint inner = transaction.savepoint();
      insert(transaction, 4, 1, 2, 3, 4);
      transaction.rollbackTo(inner);
      assertThat(read(transaction, 1)).isEqualTo(3);
      assertThat(read(transaction, 2)).isEqualTo(3);
      assertThat(read(transaction, 3)).as("older version").isEqualTo(1);
      insert(transaction, 5, 2, 3);
      transaction.release(inner);
      assertThat(read(transaction, 2)).isEqualTo(5);
      transaction.rollbackTo(outer);
      assertThat(read(transaction, 1)).isEqualTo(2);
      assertThat(read(transaction, 2)).isEqualTo(1);
      insert(transaction, 6, 2);
      transaction.commit(3);
    }
    assertThat(versions(wal, 9)).isEqualTo(of(2, 6, 1));
    assertThat(wal.lastCommittedFrameNo()).as("numbers taken back").isEqualTo(5);
    assertThat(wal.currentFrameCount()).as("places taken back").isEqualTo(5);
  }

  @Test
  void aSavepointStaysOpenAfterARollbackToItAndThoseInsideDoNot() throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      Savepoint outer = transaction.savepoint();
      Savepoint inner = transaction.savepoint();
      insert(transaction, 2, 1);
      transaction.rollbackTo(outer);
      insert(transaction, 3, 1);
      assertThatThrownBy(() -> transaction.rollbackTo(inner))
          .isInstanceOf(IllegalArgumentException.class);
      transaction.rollbackTo(outer);
      assertThat(read(transaction, 1)).isEqualTo(1);
      transaction.release(outer);
      assertThatThrownBy(() -> transaction.release(outer))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> transaction.commit(3)).hasMessageContaining("without frames");
    }
  }

  @Test
  void aReleasedSavepointLeavesTheOneAroundItProtected() throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      insert(transaction, 2, 1);
      Savepoint outer = transaction.savepoint();
      Savepoint inner = transaction.savepoint();
      insert(transaction, 3, 1);
      transaction.release(inner);
      insert(transaction, 4, 1);
      transaction.rollbackTo(outer);
      assertThat(read(transaction, 1)).isEqualTo(2);
      transaction.release(outer);
      insert(transaction, 5, 1);
      transaction.commit(3);
    }
    assertThat(wal.currentFrameCount()).isEqualTo(4);
    assertThat(versions(wal, 9)).isEqualTo(of(5, 1, 1));
  }

  @Test
  void pagesOfASavepointTakenBackAreNotThereAnyMore() throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      Savepoint savepoint = transaction.savepoint();
      insert(transaction, 2, 9);
      assertThat(read(transaction, 9)).isEqualTo(2);
      transaction.rollbackTo(savepoint);
      assertThatThrownBy(() -> read(transaction, 9)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aPageTakenBackIsReadFromTheTailOrTheCheckpointTarget() throws IOException {
    wal.swap();
    wal.raiseDurable(3);
    wal.checkpoint();
    commit(wal, 3, 2, 2);
    wal.swap();
    try (WriteTransaction transaction = wal.beginWrite()) {
      Savepoint savepoint = transaction.savepoint();
      insert(transaction, 3, 1, 2, 3);
      transaction.rollbackTo(savepoint);
      assertThat(read(transaction, 1)).isEqualTo(1);
      assertThat(read(transaction, 2)).isEqualTo(2);
    }
  }

  @Test
  void theTrailerHasTheChecksumOfTheLastCommit() throws IOException {
    commitWithChecksum(2, 77);
    wal.swap();
    commitWithChecksum(3, 78);
    commit(wal, 3, 4, 1);
    wal.swap();
    assertThat(storage.segments())
        .extracting(SealedSegment::databaseChecksum)
        .containsExactly(77L, 0L);
  }

  private void commitWithChecksum(long version, long checksum) throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      insert(transaction, version, 1);
      transaction.commit(3, checksum);
    }
  }

  @Test
  void aSegmentRecoveredAfterACrashStatesNoChecksum() throws IOException {
    commitWithChecksum(2, 77);
    registry.remove(NAMESPACE);
    open();
    assertThat(storage.segments()).extracting(SealedSegment::databaseChecksum).containsExactly(0L);
  }

  @Test
  void aFreshSnapshotBecomesAWriter() throws IOException {
    try (ReadTransaction snapshot = wal.beginRead()) {
      wal.swap(); // nothing that a snapshot could see
      try (WriteTransaction transaction = wal.upgrade(snapshot)) {
        assertThat(transaction.baseFrameNo()).isEqualTo(3);
        assertThat(read(transaction, 2)).isEqualTo(1);
        insert(transaction, 2, 1);
        transaction.commit(3);
      }
      assertThatThrownBy(() -> snapshot.readPage(1, ByteBuffer.allocate(PAGE_SIZE)))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(versions(wal, 9)).isEqualTo(of(2, 1, 1));
    wal.raiseDurable(3);
    assertThat(wal.checkpoint()).isFalse();
    assertThat(wal.checkpointedFrameNo()).as("nothing stays pinned").isEqualTo(3);
  }

  @Test
  void aStaleSnapshotIsBusyAndItsRenewalGoesBeforeAllOthers() throws IOException {
    ReadTransaction stale = wal.beginRead();
    commit(wal, 3, 2, 1);
    assertThatThrownBy(() -> wal.upgrade(stale))
        .isInstanceOf(BusySnapshotException.class)
        .hasMessage("tenants/a: frame 4 is committed, the snapshot ends at frame 3");
    assertThat(versions(stale, 9)).as("still a snapshot").isEqualTo(of(1, 1, 1));
    assertThat(wal.tryBeginWrite()).as("reserved").isEmpty();
    ReadTransaction renewed = stale.renew();
    assertThat(wal.tryBeginWrite()).as("reserved").isEmpty();
    assertThat(renewed.frameNo()).isEqualTo(4);
    try (WriteTransaction transaction = wal.upgrade(renewed)) {
      assertThat(wal.tryBeginWrite()).isEmpty();
      insert(transaction, 3, 2);
      transaction.commit(3);
    }
    assertThat(versions(wal, 9)).isEqualTo(of(2, 3, 1));
    stale.close();
    renewed.close();
    wal.tryBeginWrite().orElseThrow().close();
  }

  @Test
  void closingTheSnapshotOrItsRenewalGivesThePlaceUp() throws IOException {
    for (boolean renew : new boolean[] {false, true}) {
      ReadTransaction stale = wal.beginRead();
      commit(wal, 3, 2, 1);
      assertThatThrownBy(() -> wal.upgrade(stale)).isInstanceOf(BusySnapshotException.class);
      ReadTransaction holder = renew ? stale.renew() : stale;
      assertThat(wal.tryBeginWrite()).isEmpty();
      holder.close();
      wal.tryBeginWrite().orElseThrow().close();
    }
  }

  @Test
  void aHolderThatNeverComesBackLosesThePlaceAfterAWhile() throws IOException {
    ReadTransaction stale = wal.beginRead();
    commit(wal, 3, 2, 1);
    assertThatThrownBy(() -> wal.upgrade(stale)).isInstanceOf(BusySnapshotException.class);
    ReadTransaction renewed = stale.renew();
    io.advanceNanos(RESERVATION.toNanos());
    commit(wal, 3, 3, 1);
    assertThatThrownBy(() -> wal.upgrade(renewed)).isInstanceOf(BusySnapshotException.class);
    try (WriteTransaction transaction = wal.upgrade(renewed.renew())) {
      assertThat(read(transaction, 1)).isEqualTo(3);
    }
    wal.tryBeginWrite().orElseThrow().close();
  }

  @Test
  void anUpgradeThatFailsToBeginLeavesThePlaceFreeAndTheSnapshotOpen() throws IOException {
    try (ReadTransaction snapshot = wal.beginRead()) {
      registry.remove(NAMESPACE);
      assertThatThrownBy(() -> wal.upgrade(snapshot)).hasMessageContaining("is closed");
      assertThatThrownBy(snapshot::renew).hasMessageContaining("is closed");
    }
    open();
    try (ReadTransaction snapshot = wal.beginRead()) {
      io.failFrom(1, 2); // the write and the cut: the segment takes no more writes
      assertThatThrownBy(() -> commit(wal, 3, 9, 1)).hasMessageContaining("injected");
      io.heal();
      assertThatThrownBy(() -> wal.upgrade(snapshot)).hasMessageContaining("no more writes");
      assertThat(versions(snapshot, 9)).isEqualTo(of(1, 1, 1));
      assertThatThrownBy(() -> wal.tryBeginWrite()).hasMessageContaining("no more writes");
    }
  }
}

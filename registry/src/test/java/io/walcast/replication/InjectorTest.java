package io.walcast.replication;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.registry.SharedWal;
import io.walcast.segment.FrameRejectedException;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InjectorTest {

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final RecordingStorage storage = new RecordingStorage();
  private final MemoryTarget target = new MemoryTarget();
  private SharedWal wal;
  private Injector injector;

  @BeforeEach
  void open() throws IOException {
    wal =
        RegistryFixture.registry(io, storage)
            .open(NAMESPACE, new RegistryFixture(directory).request(target));
    injector = new Injector(wal);
  }

  private void insert(long frameNo, int pageNo) throws IOException {
    injector.insert(frameNo, pageNo, Pages.page(PAGE_SIZE, frameNo));
  }

  @Test
  void framesInAnyOrderWithGapsBecomeOneTransactionAndItsEndTheLastCommitted() throws IOException {
    injector.setDurable(40);
    injector.begin();
    insert(40, 3);
    insert(7, 1);
    insert(23, 2);
    assertThat(wal.lastCommittedFrameNo()).isZero();
    injector.commit(3);
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(40);
    assertThat(versions(wal, 99)).isEqualTo(of(7, 23, 40));
    assertThat(wal.tailLength()).as("swapped at the durable boundary").isEqualTo(1);
    assertThat(storage.ends()).as("it came from there").isEmpty();
    wal.checkpoint();
    assertThat(wal.checkpointedFrameNo()).isEqualTo(40);

    injector.setDurable(90);
    injector.begin();
    insert(88, 1);
    injector.commit(2);
    assertThat(versions(wal, 99)).isEqualTo(of(88, 23));
  }

  @Test
  void aReaderNeverSeesAPageNewerThanItsSnapshotInWhateverOrderFramesCome() throws IOException {
    long seed = Long.getLong("walcast.seed", System.nanoTime());
    Random random = new Random(seed);
    List<ReadTransaction> snapshots = new ArrayList<>();
    for (int transaction = 0; transaction < 30; transaction++) {
      List<Long> frames = new ArrayList<>();
      for (long i = 1; i <= 8; i++) {
        frames.add(transaction * 10L + i);
      }
      Collections.shuffle(frames, random);
      injector.begin();
      for (int i = 0; i < frames.size(); i++) {
        insert(frames.get(i), (int) (frames.get(i) % 10 % 4) + 1); // two versions of each page
        compare(snapshots, seed);
      }
      injector.setDurable(transaction % 3 == 0 ? transaction * 10L + 8 : 0); // swapped, if reached
      injector.commit(4);
      wal.checkpoint();
      snapshots.add(wal.beginRead());
      if (random.nextBoolean()) {
        snapshots.remove(0).close();
      }
    }
    compare(snapshots, seed);
    snapshots.forEach(ReadTransaction::close);
  }

  /** Each snapshot has the newest frame of each page up to its own number. */
  private static void compare(List<ReadTransaction> snapshots, long seed) throws IOException {
    for (ReadTransaction snapshot : snapshots) {
      long last = snapshot.frameNo();
      assertThat(versions(snapshot, 999))
          .as("-Dwalcast.seed=%d", seed)
          .isEqualTo(of(last, last - 3, last - 2, last - 1));
    }
  }

  @Test
  void belowTheDurableBoundaryNothingIsSwapped() throws IOException {
    injector.begin();
    insert(1, 1);
    injector.commit(1);
    assertThat(wal.tailLength()).isZero();
    assertThat(wal.durableFrameNo()).isZero();
  }

  @Test
  void aRollbackForgetsTheFramesAndWhatTheyWouldHaveMadeDurable() throws IOException {
    injector.setDurable(5);
    injector.begin();
    insert(5, 1);
    injector.rollback();
    assertThat(injector.isOpen()).isFalse();
    assertThat(wal.durableFrameNo()).isZero();
    assertThat(wal.lastCommittedFrameNo()).isZero();
    injector.begin();
    insert(3, 1);
    injector.commit(1);
    assertThat(wal.durableFrameNo()).isZero();
    assertThat(versions(wal, 9)).isEqualTo(of(3));
  }

  @Test
  void closingRollsBackAndLetsTheNextWriterIn() throws IOException {
    injector.begin();
    insert(1, 1);
    injector.close();
    try (WriteTransaction transaction = wal.beginWrite()) {
      assertThat(transaction.baseFrameNo()).isZero();
    }
  }

  @Test
  void aDiskFailureRollsBackAndTheTransactionCanBeRepeated() throws IOException {
    injector.setDurable(2);
    injector.begin();
    insert(2, 1);
    io.failFrom(1, 1);
    assertThatThrownBy(() -> injector.commit(1)).hasMessageContaining("injected");
    io.heal();
    assertThat(injector.isOpen()).isFalse();
    assertThat(wal.durableFrameNo()).isZero();
    injector.setDurable(2);
    injector.begin();
    insert(2, 1);
    injector.commit(1);
    assertThat(versions(wal, 9)).isEqualTo(of(2));
    assertThat(wal.durableFrameNo()).isEqualTo(2);
  }

  @Test
  void aDiskFailureInTheMiddleOfALargeTransactionRollsItBack() throws IOException {
    injector.begin();
    io.failFrom(1, 1);
    assertThatThrownBy(
            () -> {
              for (int frameNo = 1; frameNo < 3000; frameNo++) {
                insert(frameNo, frameNo);
              }
            })
        .hasMessageContaining("injected");
    io.heal();
    assertThat(injector.isOpen()).isFalse();
    injector.begin();
    insert(1, 1);
    injector.commit(1);
    assertThat(versions(wal, 9)).isEqualTo(of(1));
  }

  @Test
  void aFrameThatIsCommittedAlreadyIsRejectedAndTheOthersAreNot() throws IOException {
    injector.begin();
    insert(10, 1);
    injector.commit(1);
    injector.begin();
    assertThatThrownBy(() -> insert(10, 1)).isInstanceOf(FrameRejectedException.class);
    assertThatThrownBy(() -> injector.insert(11, 1, ByteBuffer.allocate(3)))
        .isInstanceOf(FrameRejectedException.class);
    insert(11, 1);
    injector.commit(1);
    assertThat(versions(wal, 99)).isEqualTo(of(11));
  }
}

package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.LOG;
import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.CorruptSegmentException;
import io.walcast.segment.LogPosition;
import io.walcast.segment.NotASegmentException;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.RecordingStorage;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogOpeningTest {

  private static final UUID OTHER_LOG = new UUID(9, 9);

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final MemoryTarget target = new MemoryTarget();
  private RecordingStorage storage = new RecordingStorage();
  private RegistryFixture fixture;
  private Optional<LogStart> start = Optional.of(new LogStart(LOG, 1, 0));
  private long recoverUpTo = Long.MAX_VALUE;
  private long minimumNext;
  private int epoch = 1;
  private int pageSize = PAGE_SIZE;
  private boolean sync = true;

  @BeforeEach
  void layOut() {
    fixture = new RegistryFixture(directory);
  }

  private SharedWal open() throws IOException {
    storage = new RecordingStorage();
    return new WalRegistry(
            io,
            storage,
            RegistryFixture.UNNOTIFIED,
            RegistryOptions.defaults().withSyncOnSeal(sync))
        .open(
            NAMESPACE,
            new OpenRequest(
                fixture.segments(NAMESPACE),
                target,
                pageSize,
                epoch,
                start,
                recoverUpTo,
                minimumNext,
                CheckpointListener.NONE));
  }

  private List<String> files() throws IOException {
    return io.list(fixture.segments(NAMESPACE)).stream()
        .map(path -> path.getFileName().toString().replaceFirst("^0+", ""))
        .toList();
  }

  private Path file(int startFrameNo) {
    return fixture.segments(NAMESPACE).resolve("0".repeat(19) + startFrameNo + ".seg");
  }

  /** Segments of frames 1, 2 and 3, sealed, and of frame 4, not sealed. */
  private void fourSegments() throws IOException {
    SharedWal wal = open();
    for (int version = 1; version <= 4; version++) {
      commit(wal, 1, version, 1);
      if (version < 4) {
        wal.swap();
      }
    }
    wal.close();
    assertThat(files()).containsExactly("1.seg", "2.seg", "3.seg", "4.seg");
    start = Optional.empty();
  }

  @Test
  void theLogGoesOnWhereItsNewestSegmentEnds() throws IOException {
    fourSegments();
    SharedWal wal = open();
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(4);
    assertThat(wal.checkpointedFrameNo()).isZero();
    assertThat(wal.logId()).isEqualTo(LOG);
    assertThat(wal.tailLength()).isEqualTo(4);
    assertThat(storage.ends()).containsExactly(1L, 2L, 3L, 4L);
    commit(wal, 2, 5, 2);
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(5);
    assertThat(versions(wal, 9)).isEqualTo(of(4, 5));
  }

  @Test
  void segmentsAtOrBelowTheTargetsPositionAreDeletedAndTheOthersStoredAgain() throws IOException {
    fourSegments();
    target.startAt(new LogPosition(LOG, 1, 2, 1, PAGE_SIZE));
    SharedWal wal = open();
    assertThat(files()).containsExactly("3.seg", "4.seg", "5.seg");
    assertThat(wal.checkpointedFrameNo()).isEqualTo(2);
    assertThat(wal.durableFrameNo()).isEqualTo(2);
    assertThat(storage.ends()).containsExactly(3L, 4L);
  }

  @Test
  void withoutSegmentsTheLogGoesOnFromTheTargetsPosition() throws IOException {
    start = Optional.empty();
    target.startAt(new LogPosition(LOG, 1, 41, 7, PAGE_SIZE));
    SharedWal wal = open();
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(41);
    assertThat(wal.checkpointedFrameNo()).isEqualTo(41);
    assertThat(wal.sizePages()).isEqualTo(7);
    assertThat(files()).containsExactly("42.seg");
  }

  @Test
  void aNewLogBeginsWhereItIsToldAndRemovesTheSegmentsOfAnother() throws IOException {
    fourSegments();
    target.startAt(new LogPosition(LOG, 1, 4, 1, PAGE_SIZE));
    start = Optional.of(new LogStart(OTHER_LOG, 100, 7));
    SharedWal wal = open();
    assertThat(wal.logId()).isEqualTo(OTHER_LOG);
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(99);
    assertThat(wal.checkpointedFrameNo()).isEqualTo(99);
    assertThat(wal.sizePages()).isEqualTo(7);
    assertThat(files()).containsExactly("100.seg");
  }

  @Test
  void nothingToGoOnFromIsAnError() {
    start = Optional.empty();
    assertThatThrownBy(this::open)
        .isInstanceOf(LogMismatchException.class)
        .hasMessageContaining("tenants/a")
        .hasMessageContaining("no start");
    assertThat(target.closes()).isEqualTo(1);
  }

  @Test
  void twoLogsThatDoNotAgreeAreBothNamed() throws IOException {
    fourSegments();
    target.startAt(new LogPosition(OTHER_LOG, 1, 2, 1, PAGE_SIZE));
    assertThatThrownBy(this::open)
        .isInstanceOf(LogMismatchException.class)
        .hasMessageContaining(OTHER_LOG.toString())
        .hasMessageContaining(LOG.toString());
    assertThat(files()).hasSize(4);
  }

  @Test
  void anotherPageSizeOrAHigherEpochIsRefused() throws IOException {
    epoch = 5;
    fourSegments();
    epoch = 4;
    assertThatThrownBy(this::open)
        .isInstanceOf(LogMismatchException.class)
        .hasMessageContaining("epoch 5");
    epoch = 6;
    pageSize = 1024;
    assertThatThrownBy(this::open)
        .isInstanceOf(LogMismatchException.class)
        .hasMessageContaining("512")
        .hasMessageContaining("1024");
  }

  @Test
  void anUnsealedSegmentIsCutBackToWhatIsAskedForAndSealedOnesAreNot() throws IOException {
    SharedWal wal = open();
    commit(wal, 1, 1, 1);
    wal.swap();
    commit(wal, 1, 2, 1);
    commit(wal, 1, 3, 1);
    wal.close();
    recoverUpTo = 2;
    assertThat(versions(open(), 9)).isEqualTo(of(2));
    recoverUpTo = 0;
    assertThat(versions(open(), 9)).isEqualTo(of(2));
  }

  @Test
  void frameNumbersNeverGoBackThoughTheSegmentIsContiguous() throws IOException {
    fourSegments();
    minimumNext = 50;
    SharedWal wal = open();
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(4);
    commit(wal, 2, 5, 1, 2);
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(51);
    wal.swap();
    wal.close();
    minimumNext = 0;
    SharedWal again = open();
    assertThat(again.lastCommittedFrameNo()).isEqualTo(51);
    assertThat(versions(again, 9)).isEqualTo(of(5, 5));
  }

  @Test
  void filesWithoutAHeaderAreRemovedAndForeignOnesAreNot() throws IOException {
    fourSegments();
    Files.write(file(5), new byte[0]);
    Files.write(file(6), new byte[700]);
    Files.writeString(file(7).resolveSibling("notes.txt"), "mine");
    SharedWal wal = open();
    assertThat(wal.tailLength()).isEqualTo(4);
    assertThat(files()).containsExactly("1.seg", "2.seg", "3.seg", "4.seg", "5.seg", "notes.txt");
    wal.close();
    Files.writeString(file(8), "somebody put this here");
    assertThatThrownBy(this::open)
        .isInstanceOf(NotASegmentException.class)
        .hasMessageContaining(file(8).toString());
    assertThat(file(8)).exists();
  }

  @Test
  void aMissingSegmentIsAnErrorWhereSegmentsAreSynced() throws IOException {
    fourSegments();
    Files.delete(file(2));
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining(file(3).toString())
        .hasMessageContaining("frame 2 is missing");
    Files.delete(file(1));
    target.startAt(new LogPosition(LOG, 1, 1, 1, PAGE_SIZE));
    assertThatThrownBy(this::open).hasMessageContaining("frame 2 is missing");
  }

  @Test
  void withoutSyncsTheLogEndsAtTheFirstGapOrDamage() throws IOException {
    sync = false;
    fourSegments();
    byte[] second = Files.readAllBytes(file(2));
    second[200] ^= 1;
    Files.write(file(2), second);
    SharedWal wal = open();
    assertThat(wal.lastCommittedFrameNo()).isEqualTo(1);
    assertThat(files()).containsExactly("1.seg", "2.seg");
    assertThat(versions(wal, 9)).isEqualTo(of(1));
  }

  @Test
  void withoutSyncsALostFirstSegmentTakesTheOthersAlong() throws IOException {
    sync = false;
    fourSegments();
    byte[] first = Files.readAllBytes(file(1));
    first[200] ^= 1;
    Files.write(file(1), first);
    start = Optional.of(new LogStart(LOG, 1, 0));
    assertThat(open().lastCommittedFrameNo()).isZero();
    assertThat(files()).containsExactly("1.seg");
  }
}

package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.Io;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.Pages;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealedSegmentTest {

  private static final Instant SEALED = Instant.ofEpochMilli(1_700_000_000_123L);

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void everyPageSizeComesBackAsItWasWritten(int pageSize) throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, pageSize);
    CurrentSegment current = fixture.create(10);
    fixture.commit(current, 4, 1, 2, 3, 4);
    fixture.commit(current, 5, 5, 2);
    current.seal(SEALED, true).close();

    try (SealedSegment sealed = SealedSegment.open(io, current.path())) {
      assertThat(fixture.pages(sealed)).isEqualTo(Map.of(1, 10L, 2, 15L, 3, 12L, 4, 13L, 5, 14L));
      assertThat(sealed.end()).isEqualTo(new LogPosition(SegmentFixture.LOG, 3, 15, 5, pageSize));
      assertThat(sealed.startFrameNo()).isEqualTo(10);
      assertThat(sealed.frameCount()).isEqualTo(6);
      assertThat(sealed.sealedAt()).isEqualTo(SEALED);
      assertThat(sealed.databaseChecksum()).isZero();
      assertThat(sealed.isSnapshot()).isTrue();
      assertThat(sealed.sizeBytes()).isEqualTo(Files.size(sealed.path()));
      assertThat(sealed.path().getFileName()).hasToString("00000000000000000010.seg");
    }
  }

  @Test
  void pagesBeyondTheSizeAfterAreLeftOut() throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, 512);
    CurrentSegment current = fixture.create(1);
    fixture.commit(current, 9, 1, 9, 7);
    fixture.commit(current, 7, 1);
    try (SealedSegment sealed = current.seal(SEALED, true)) {
      assertThat(fixture.pages(sealed)).isEqualTo(Map.of(1, 4L, 7, 3L));
      assertThat(sealed.isSnapshot()).isFalse();
      assertThat(sealed.indexOf(7)).isEqualTo(1);
      assertThat(sealed.indexOf(9)).isNegative();
    }
  }

  @Test
  void aSnapshotNeedNotHoldTheLockBytePage() {
    int lockBytePage = (1 << 30) / 65536 + 1;
    assertThat(sized(lockBytePage + 1, lockBytePage).isSnapshot()).isTrue();
    assertThat(sized(lockBytePage + 1, 0).isSnapshot()).isTrue();
    assertThat(sized(lockBytePage + 1, 5).isSnapshot()).isFalse();
    assertThat(sized(lockBytePage, lockBytePage).isSnapshot()).isTrue();
    assertThat(sized(lockBytePage - 1, 1).isSnapshot()).isFalse();
  }

  /** A segment of a database of so many pages that lacks one of them. */
  private SealedSegment sized(int sizeAfter, int missingPage) {
    long[] entries =
        LongStream.rangeClosed(1, sizeAfter)
            .filter(pageNo -> pageNo != missingPage)
            .map(pageNo -> pageNo << 32)
            .toArray();
    SegmentHeader header =
        new SegmentHeader(65536, 1, 0, SegmentFixture.LOG, 1, 1, SegmentFixture.CREATED);
    SegmentTrailer trailer =
        new SegmentTrailer(1, 1, sizeAfter, SEALED, 0, 0, 0, 0, 0, SnapshotPart.NONE);
    return new SealedSegment(io, null, header, trailer, new PageTable(entries), new SegmentPins());
  }

  @Test
  void aRetainedSegmentIsReadAfterItsDeletion() throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, 512);
    CurrentSegment current = fixture.create(1);
    fixture.commit(current, 1, 1);
    SealedSegment sealed = current.seal(SEALED, true);
    assertThat(sealed.retain()).isTrue();
    sealed.delete();
    assertThat(sealed.path()).doesNotExist();
    assertThat(fixture.pages(sealed)).isEqualTo(Map.of(1, 1L));
    sealed.release();
    assertThat(sealed.retain()).isFalse();
    assertThatThrownBy(() -> fixture.pages(sealed)).isInstanceOf(IOException.class);
  }

  @Test
  void otherFilesAreToldApartByType() throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, 512);
    CurrentSegment current = fixture.create(1);
    fixture.commit(current, 1, 1);
    Path path = current.path();
    assertThatThrownBy(() -> SealedSegment.open(io, path))
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining("never sealed")
        .hasMessageContaining(path.toString());
    current.seal(SEALED, true).close();
    byte[] whole = Files.readAllBytes(path);

    Files.write(path, "SQLite format 3\0 and more".getBytes("US-ASCII"));
    assertThatThrownBy(() -> SealedSegment.open(io, path))
        .isInstanceOf(NotASegmentException.class)
        .hasMessageContaining(path.toString());

    byte[] newer = whole.clone();
    newer[9] = 2;
    Files.write(path, newer);
    assertThatThrownBy(() -> SealedSegment.open(io, path))
        .isInstanceOf(UnsupportedSegmentVersionException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("offset 8");

    byte[] damaged = whole.clone();
    damaged[40] ^= 1;
    Files.write(path, damaged);
    assertThatThrownBy(() -> SealedSegment.open(io, path))
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining("offset 64");
  }

  @Test
  void aTransactionMayEndInWhatLooksLikeATrailer() throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, 512);
    CurrentSegment current = fixture.create(1);
    byte[] page = Pages.bytes(512, 1);
    System.arraycopy("WCSEALED".getBytes("US-ASCII"), 0, page, 504, 8);
    try (SegmentAppender appender = current.append(0)) {
      appender.insert(1, ByteBuffer.wrap(page));
      appender.commit(1);
    }
    current.close();
    assertThat(fixture.directory.open(current.path(), Long.MAX_VALUE)).isPresent();
  }

  @Test
  void sealingSyncsOnlyWhereAsked() throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, 512);
    CurrentSegment current = fixture.create(1);
    fixture.commit(current, 1, 1);
    for (int sync : new int[] {2, 4}) { // index, force, trailer, force
      io.failFrom(sync, 1);
      assertThatThrownBy(() -> current.seal(SEALED, true)).hasMessageContaining("force");
      io.heal();
    }
    io.failFrom(3, 1);
    current.seal(SEALED, false).close();
    assertThat(io.exists(current.path())).isTrue();
  }

  @Test
  void sizesInATrailerAreCheckedBeforeAnythingIsAllocated() throws IOException {
    SegmentFixture fixture = new SegmentFixture(io, directory, 512);
    CurrentSegment current = fixture.create(1);
    fixture.commit(current, 1, 1);
    current.seal(SEALED, true).close();
    SegmentHeader header = fixture.directory.header(current.path()).orElseThrow();
    long indexOffset = FrameFormat.offset(1, 512);
    SegmentTrailer lying =
        new SegmentTrailer(
            1,
            Integer.MAX_VALUE,
            1,
            SEALED,
            0,
            indexOffset,
            8L * (Integer.MAX_VALUE / 4),
            0,
            0,
            SnapshotPart.NONE);
    try (var file = io.open(current.path(), Io.OpenMode.READ_WRITE)) {
      file.writeFully(lying.encode(header.salt()), file.size() - SegmentTrailer.LENGTH);
    }
    assertThatThrownBy(() -> SealedSegment.open(io, current.path()))
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining("contradicts");
  }

  /** The sync after the trailer fails, and so does taking the trailer back. */
  @Test
  void aTrailerWhoseSyncFailedIsOnTheDiskOnceTheSegmentCountsAsSealed() throws IOException {
    for (long seed = 1; seed <= 20; seed++) {
      SimulatedIo disk = new SimulatedIo(seed);
      SegmentFixture on =
          new SegmentFixture(disk, disk.mount(Path.of("/disk")).resolve("segments"), 512);
      CurrentSegment current = on.create(1);
      on.commit(current, 3, 1, 2, 3);
      disk.failFrom(Set.of(DiskOperation.SYNC, DiskOperation.TRUNCATE), 2, 2);
      assertThatThrownBy(() -> current.seal(SegmentFixture.CREATED, true))
          .hasMessageContaining("injected");
      disk.heal();
      current.close();
      on.directory.open(current.path(), Long.MAX_VALUE).orElseThrow().close();
      disk.crash();
      try (SealedSegment again = on.directory.open(current.path(), 0).orElseThrow()) {
        assertThat(again.lastFrameNo()).as("seed %d", seed).isEqualTo(3);
        again.verifyFrames(on.buffers);
      }
    }
  }
}

package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.testing.FaultyIo;
import io.walcast.testing.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurrentSegmentTest {

  private static final int PAGE_SIZE = 4096;

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private SegmentFixture fixture;
  private CurrentSegment current;

  @BeforeEach
  void begin() throws IOException {
    fixture = new SegmentFixture(io, directory, PAGE_SIZE);
    current = fixture.create(1);
  }

  private long read(int pageNo, CommitPoint at) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    long frameNo = current.readPage(pageNo, at, page);
    if (frameNo != 0) {
      assertThat(page.array()).isEqualTo(Pages.bytes(PAGE_SIZE, frameNo));
    }
    return frameNo;
  }

  private static void insert(SegmentAppender appender, int pageNo, long version)
      throws IOException {
    appender.insert(pageNo, Pages.page(PAGE_SIZE, version));
  }

  @Test
  void anEmptySegmentHasCommittedTheFrameBeforeItsStart() throws IOException {
    assertThat(current.committed().lastFrameNo()).isZero();
    CurrentSegment later = fixture.create(42);
    assertThat(later.committed().lastFrameNo()).isEqualTo(41);
    later.close();
  }

  @Test
  void readersSeeTheVersionOfTheirOwnCommit() throws IOException {
    CommitPoint before = current.committed();
    fixture.commit(current, 2, 1, 2);
    CommitPoint first = current.committed();
    fixture.commit(current, 3, 1, 3);
    CommitPoint second = current.committed();
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 5);
      assertThat(read(1, before)).isZero();
      assertThat(read(1, first)).isEqualTo(1);
      assertThat(read(1, second)).isEqualTo(3);
      assertThat(read(3, first)).isZero();
      assertThat(read(3, second)).isEqualTo(4);
      assertThat(current.committed()).isEqualTo(second);
    }
  }

  @Test
  void theHeaderNeverChangesAfterItIsWritten() throws IOException {
    byte[] header = header();
    fixture.commit(current, 2, 1, 2);
    assertThat(header()).isEqualTo(header);
    current.seal(Instant.EPOCH, true).close();
    assertThat(header()).isEqualTo(header);
  }

  private byte[] header() throws IOException {
    return Arrays.copyOf(Files.readAllBytes(current.path()), SegmentHeader.LENGTH);
  }

  @Test
  void aTransactionSeesItsOwnFramesWhetherInTheBufferOrInTheFile() throws IOException {
    fixture.commit(current, 1, 1);
    int pages = 3 * BufferPool.BUFFER_BYTES / PAGE_SIZE;
    try (SegmentAppender appender = current.append(0)) {
      for (int pageNo = 2; pageNo <= pages; pageNo++) {
        insert(appender, pageNo, pageNo);
      }
      insert(appender, 2, pages + 1);
      for (int pageNo = 1; pageNo <= pages; pageNo++) {
        ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
        long version = pageNo == 2 ? pages + 1 : pageNo;
        assertThat(appender.readPage(pageNo, page)).as("keeps its number").isEqualTo(pageNo);
        assertThat(page.array()).isEqualTo(Pages.bytes(PAGE_SIZE, version));
      }
      assertThat(Files.size(current.path())).isGreaterThan(2L * BufferPool.BUFFER_BYTES);
      assertThat(read(2, current.committed())).isZero();
      appender.commit(pages);
    }
    ByteBuffer rewritten = ByteBuffer.allocate(PAGE_SIZE);
    assertThat(current.readPage(2, current.committed(), rewritten)).isEqualTo(2);
    assertThat(rewritten.array()).isEqualTo(Pages.bytes(PAGE_SIZE, pages + 1));
  }

  @Test
  void aRolledBackTransactionLeavesNothingInIndexOrFile() throws IOException {
    fixture.commit(current, 2, 1, 2);
    byte[] before = Files.readAllBytes(current.path());
    CommitPoint committed = current.committed();
    try (SegmentAppender appender = current.append(0)) {
      for (int i = 0; i < 300; i++) {
        insert(appender, 1 + i, 3 + i);
      }
    }
    assertThat(Files.readAllBytes(current.path())).isEqualTo(before);
    fixture.commit(current, 2, 2);
    assertThat(read(1, current.committed())).isEqualTo(1);
    assertThat(read(2, current.committed())).isEqualTo(3);
    assertThat(read(2, committed)).isEqualTo(2);
    assertThat(read(9, current.committed())).isZero();
  }

  @Test
  void aGroupOfTransactionsIsOneWriteAndSeenAtOnce() throws IOException {
    fixture.commit(current, 2, 1, 2);
    CommitPoint committed = current.committed();
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 3);
      appender.next(2);
      assertThatThrownBy(() -> appender.next(2))
          .isInstanceOf(FrameRejectedException.class)
          .hasMessageContaining("without frames");
      assertThatThrownBy(() -> appender.commit(2)).isInstanceOf(FrameRejectedException.class);
      insert(appender, 1, 4);
      insert(appender, 3, 5);
      appender.next(3);
      assertThat(current.committed()).isEqualTo(committed);
      long length = Files.size(current.path());
      insert(appender, 2, 6);
      appender.commit(3);
      assertThat(Files.size(current.path()) - length)
          .isEqualTo(4L * FrameFormat.frameBytes(PAGE_SIZE));
    }
    CommitPoint all = current.committed();
    assertThat(read(1, committed)).isEqualTo(1);
    assertThat(read(1, all)).isEqualTo(4);
    assertThat(read(2, all)).isEqualTo(6);
    assertThat(read(3, all)).isEqualTo(5);
    List<Integer> sizes = new ArrayList<>();
    try (SealedSegment sealed = current.seal(Instant.EPOCH, true)) {
      SegmentFrames.visit(sealed, (frameNo, pageNo, sizeAfter, page) -> sizes.add(sizeAfter));
    }
    assertThat(sizes).containsExactly(0, 2, 2, 0, 3, 3);
  }

  @Test
  void aGroupIsTakenBackAsAWhole() throws IOException {
    fixture.commit(current, 2, 1, 2);
    byte[] before = Files.readAllBytes(current.path());
    try (SegmentAppender appender = current.append(0)) {
      for (int i = 0; i < 300; i++) { // more than a buffer
        insert(appender, 1, 3 + i);
        appender.next(2);
      }
    }
    assertThat(Files.readAllBytes(current.path())).isEqualTo(before);
    fixture.commit(current, 2, 2);
    assertThat(read(1, current.committed())).isEqualTo(1);
    assertThat(read(2, current.committed())).isEqualTo(3);
  }

  @Test
  void aGroupThatMayBeInTheFileIsTakenBackDurably() throws IOException {
    SegmentAppender appender = current.append(0);
    for (int pageNo = 1; pageNo <= 300; pageNo++) {
      insert(appender, pageNo, pageNo);
      appender.next(pageNo);
    }
    io.failFrom(2, 1); // the sync, after the file was cut
    assertThatThrownBy(appender::rollback)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("takes no more writes");
  }

  @Test
  void aFailedCommitIsUndoneAndTheNextOneSucceeds() throws IOException {
    fixture.commit(current, 2, 1, 2);
    byte[] before = Files.readAllBytes(current.path());
    io.failFrom(1, 1);
    assertThatThrownBy(() -> fixture.commit(current, 3, 3)).hasMessageContaining("injected");
    assertThat(io.heal()).isTrue();
    assertThat(Files.readAllBytes(current.path())).isEqualTo(before);
    assertThat(current.committed().lastFrameNo()).isEqualTo(2);
    fixture.commit(current, 3, 3);
    try (SealedSegment sealed = current.seal(Instant.EPOCH, true)) {
      assertThat(fixture.pages(sealed)).isEqualTo(Map.of(1, 1L, 2, 2L, 3, 3L));
    }
  }

  @Test
  void aSegmentThatCannotBeCutBackTakesNoMoreWritesAndSaysWhy() throws IOException {
    fixture.commit(current, 1, 1);
    io.failFrom(1, 2);
    assertThatThrownBy(() -> fixture.commit(current, 2, 2)).hasMessageContaining("injected: write");
    io.heal();
    assertThatThrownBy(() -> current.append(0))
        .hasMessageContaining(current.path().toString())
        .hasRootCauseMessage("injected: truncate " + current.path());
    assertThatThrownBy(() -> current.seal(Instant.EPOCH, true))
        .hasMessageContaining("takes no more writes");
    assertThat(read(1, current.committed())).isEqualTo(1);
  }

  @Test
  void aFailedSealLeavesAGrowingSegment() throws IOException {
    fixture.commit(current, 2, 1, 2);
    for (int failing = 1; failing <= 3; failing++) {
      io.failFrom(failing, 1);
      assertThatThrownBy(() -> current.seal(Instant.EPOCH, true)).hasMessageContaining("injected");
      io.heal();
      fixture.commit(current, 2, 2);
    }
    try (SealedSegment sealed = current.seal(Instant.EPOCH, true)) {
      assertThat(fixture.pages(sealed)).isEqualTo(Map.of(1, 1L, 2, 5L));
    }
  }

  @Test
  void framesThatCannotBeAreRejectedAndTheTransactionGoesOn() throws IOException {
    fixture.commit(current, 2, 1, 2);
    ByteBuffer page = Pages.page(PAGE_SIZE, 3);
    try (SegmentAppender appender = current.append(0)) {
      assertThatThrownBy(() -> appender.commit(2)).isInstanceOf(FrameRejectedException.class);
      assertThatThrownBy(() -> appender.insert(0, page)).isInstanceOf(FrameRejectedException.class);
      assertThatThrownBy(() -> appender.insert(-5, page))
          .isInstanceOf(FrameRejectedException.class);
      assertThatThrownBy(() -> appender.insert(2, 1, page))
          .isInstanceOf(FrameRejectedException.class)
          .hasMessageContaining("frame 2");
      assertThatThrownBy(() -> appender.insert(1, ByteBuffer.allocate(512)))
          .isInstanceOf(FrameRejectedException.class);
      appender.insert(2, page);
      assertThatThrownBy(() -> appender.commit(1)).isInstanceOf(FrameRejectedException.class);
      assertThatThrownBy(() -> appender.commit(0)).isInstanceOf(FrameRejectedException.class);
      appender.commit(2);
    }
    assertThat(read(2, current.committed())).isEqualTo(3);
  }

  @Test
  void framesKeepTheirOwnNumbersInAnyOrder() throws IOException {
    try (SegmentAppender appender = current.append(0)) {
      appender.insert(900, 1, Pages.page(PAGE_SIZE, 900));
      appender.insert(17, 2, Pages.page(PAGE_SIZE, 17));
      appender.insert(300, 3, Pages.page(PAGE_SIZE, 300));
      appender.commit(3);
    }
    assertThat(current.committed().lastFrameNo()).isEqualTo(900);
    fixture.commit(current, 3, 3);
    current.close();
    try (SealedSegment sealed =
        fixture.directory.open(current.path(), Long.MAX_VALUE).orElseThrow()) {
      assertThat(fixture.pages(sealed)).isEqualTo(Map.of(1, 900L, 2, 17L, 3, 901L));
      assertThat(sealed.lastFrameNo()).isEqualTo(901);
      assertThat(sealed.startFrameNo()).isEqualTo(1);
    }
  }

  @Test
  void frameNumbersDoNotGoBelowTheMinimum() throws IOException {
    try (SegmentAppender appender = current.append(50)) {
      insert(appender, 1, 50);
      insert(appender, 2, 51);
      appender.commit(2);
    }
    assertThat(read(1, current.committed())).isEqualTo(50);
    assertThat(current.committed().lastFrameNo()).isEqualTo(51);
  }

  @Test
  void aDamagedFrameIsNotRead() throws IOException {
    fixture.commit(current, 2, 1, 2);
    byte[] bytes = Files.readAllBytes(current.path());
    bytes[SegmentHeader.LENGTH + FrameFormat.HEADER + 100] ^= 1;
    Files.write(current.path(), bytes);
    assertThatThrownBy(() -> read(1, current.committed()))
        .isInstanceOf(CorruptSegmentException.class)
        .hasMessageContaining("offset " + SegmentHeader.LENGTH);
    assertThat(read(2, current.committed())).isEqualTo(2);
  }
}

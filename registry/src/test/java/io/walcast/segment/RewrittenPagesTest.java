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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages written more than once in a transaction, and transactions taken back in part. */
class RewrittenPagesTest {

  private static final int PAGE_SIZE = 512;
  private static final int FRAME = FrameFormat.frameBytes(PAGE_SIZE);
  private static final int BUFFERED = 3; // frames in a buffer

  @TempDir Path directory;
  private final long seed = Long.getLong("walcast.seed", System.nanoTime());
  private final FaultyIo io = new FaultyIo(seed);

  private SegmentFixture fixture(int pageSize) throws IOException {
    return fixture(pageSize, Integer.MAX_VALUE);
  }

  private SegmentFixture fixture(int pageSize, int blockBytes) throws IOException {
    int bufferBytes = BUFFERED * FrameFormat.frameBytes(pageSize) + 5;
    BufferPool buffers = new BufferPool(1, bufferBytes, blockBytes);
    return new SegmentFixture(io, directory, pageSize, buffers);
  }

  private static long version(CurrentSegment segment, int pageNo) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(segment.header().pageSize());
    return segment.readPage(pageNo, segment.committed(), page) == 0 ? 0 : page.getLong(0);
  }

  private static void insert(SegmentAppender appender, long version, int... pageNos)
      throws IOException {
    for (int pageNo : pageNos) {
      appender.insert(pageNo, Pages.page(PAGE_SIZE, version));
    }
  }

  @Test
  void aRewrittenPageTakesThePlaceAndTheNumberOfItsFrame() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 1, 2, 3, 4, 5, 6, 7, 8); // the first six are in the file
      insert(appender, 2, 7, 1, 5, 8, 1);
      assertThat(appender.frames()).isEqualTo(8);
      insert(appender, 3, 9);
      appender.commit(9);
    }
    assertThat(Files.size(current.path())).isEqualTo(SegmentHeader.LENGTH + 9L * FRAME);
    assertThat(current.committed().lastFrameNo()).isEqualTo(9);
    current.close();
    try (SealedSegment sealed =
        fixture(PAGE_SIZE).directory.open(current.path(), Long.MAX_VALUE).orElseThrow()) {
      long[] versions = {2, 1, 1, 1, 2, 1, 2, 2, 3};
      for (int i = 0; i < versions.length; i++) {
        ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
        assertThat(sealed.readPage(i, page)).as("frame no").isEqualTo(i + 1);
        assertThat(page.array()).isEqualTo(Pages.bytes(PAGE_SIZE, versions[i]));
      }
    }
  }

  @Test
  void framesOfEarlierTransactionsAreNeverRecycled() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 1, 2);
      appender.commit(2);
    }
    CommitPoint first = current.committed();
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 2, 1, 2, 3, 4, 5, 1, 2);
      appender.commit(5);
    }
    assertThat(current.committed().frames()).isEqualTo(7);
    assertThat(current.committed().lastFrameNo()).isEqualTo(7);
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    assertThat(current.readPage(1, first, page)).isEqualTo(1);
    assertThat(page.getLong(0)).isEqualTo(1);
    assertThat(version(current, 1)).isEqualTo(2);
    current.close();
  }

  @Test
  void whatIsTakenBackGivesPlacesAndNumbersBack() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 1, 2);
      SegmentAppender.Mark mark = appender.mark();
      appender.protect(mark);
      insert(appender, 2, 1, 2, 3, 4, 5, 6, 7);
      assertThat(appender.frames()).isEqualTo(9);
      appender.backTo(mark);
      ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
      assertThat(appender.readPage(2, page)).isEqualTo(2);
      assertThat(page.getLong(0)).isEqualTo(1);
      assertThat(appender.readPage(3, page.clear())).isZero();
      insert(appender, 3, 3);
      appender.commit(3);
    }
    assertThat(Files.size(current.path())).isEqualTo(SegmentHeader.LENGTH + 3L * FRAME);
    assertThat(current.committed().lastFrameNo()).isEqualTo(3);
    try (SealedSegment sealed = current.seal(Instant.EPOCH, false)) {
      assertThat(SealedSegment.open(io, sealed.path()).frameCount()).isEqualTo(3);
    }
  }

  @Test
  void aTransactionTakenBackToNothingHasNothingToCommit() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      SegmentAppender.Mark mark = appender.mark();
      insert(appender, 1, 1, 2, 3, 4, 5);
      appender.backTo(mark);
      assertThatThrownBy(() -> appender.commit(1)).isInstanceOf(FrameRejectedException.class);
      insert(appender, 3, 2);
      assertThatThrownBy(() -> appender.commit(1)).isInstanceOf(FrameRejectedException.class);
      insert(appender, 2, 1);
      appender.commit(1);
    }
    assertThat(version(current, 1)).isEqualTo(2);
    assertThat(Files.size(current.path())).isEqualTo(SegmentHeader.LENGTH + 2L * FRAME);
    current.close();
  }

  @Test
  void theLastFrameMayBeAboveTheSizeWhereAnotherOneIsNot() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 2, 9);
      insert(appender, 2, 2);
      assertThatThrownBy(() -> appender.commit(1))
          .isInstanceOf(FrameRejectedException.class)
          .hasMessageContaining("none below 2");
      appender.commit(2);
    }
    current.close();
    SegmentFixture again = fixture(PAGE_SIZE);
    try (SealedSegment sealed =
        again.directory.open(current.path(), Long.MAX_VALUE).orElseThrow()) {
      assertThat(sealed.pageCount()).isEqualTo(1);
      assertThat(sealed.sizeAfter()).isEqualTo(2);
    }
  }

  @Test
  void ofNumberedFramesTheHighestCountsInWhateverOrderTheyCome() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      appender.insert(900, 1, Pages.page(PAGE_SIZE, 900));
      appender.insert(17, 1, Pages.page(PAGE_SIZE, 17));
      appender.insert(18, 2, Pages.page(PAGE_SIZE, 18));
      SegmentAppender.Mark mark = appender.mark();
      appender.protect(mark);
      appender.insert(800, 1, Pages.page(PAGE_SIZE, 800));
      appender.insert(801, 2, Pages.page(PAGE_SIZE, 801));
      appender.insert(950, 2, Pages.page(PAGE_SIZE, 950));
      appender.insert(20, 2, Pages.page(PAGE_SIZE, 20));
      assertThat(appender.frames()).isEqualTo(3);
      appender.commit(2);
    }
    assertThat(version(current, 1)).isEqualTo(900);
    assertThat(version(current, 2)).isEqualTo(950);
    assertThat(current.committed().lastFrameNo()).isEqualTo(950);
    assertThat(current.isAscending()).isFalse();
    current.close();
  }

  @Test
  void aFaultAtAnyStepOfATransactionThatRewritesUndoesItWhole() throws IOException {
    CurrentSegment current = fixture(PAGE_SIZE).create(1);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 1, 2, 3);
      appender.commit(3);
    }
    boolean failed = true;
    int n = 1;
    for (; failed; n++) {
      byte[] before = Files.readAllBytes(current.path());
      long last = current.committed().lastFrameNo();
      io.failFrom(n, 1);
      try (SegmentAppender appender = current.append(0)) {
        rewriteAndTakeBack(appender);
        appender.commit(9);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("injected");
      }
      failed = io.heal();
      if (failed) {
        assertThat(Files.readAllBytes(current.path())).as("change %d", n).isEqualTo(before);
        assertThat(current.committed().lastFrameNo()).isEqualTo(last);
        assertThat(version(current, 2)).isEqualTo(1);
        assertThat(version(current, 9)).isZero();
      }
    }
    assertThat(n).as("changes of the disk").isGreaterThan(8);
    assertThat(version(current, 2)).isEqualTo(3);
    assertThat(version(current, 9)).isEqualTo(3);
    current.close();
  }

  private static void rewriteAndTakeBack(SegmentAppender appender) throws IOException {
    insert(appender, 2, 1, 2, 3, 4, 5, 6, 7);
    insert(appender, 3, 2);
    SegmentAppender.Mark mark = appender.mark();
    appender.protect(mark);
    insert(appender, 4, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11);
    appender.backTo(mark);
    insert(appender, 3, 9);
  }

  /** One transaction of the random test, and what its pages are. */
  private final class Model {

    private final SplittableRandom random = new SplittableRandom(seed);
    private final Map<Integer, Long> committed = new TreeMap<>();
    private long version;

    private void transaction(CurrentSegment current, int pageSize) throws IOException {
      TreeMap<Integer, Long> pages = new TreeMap<>(committed);
      Deque<SegmentAppender.Mark> marks = new ArrayDeque<>();
      Deque<TreeMap<Integer, Long>> saved = new ArrayDeque<>();
      try (SegmentAppender appender = current.append(0)) {
        int steps = 1 + random.nextInt(30);
        for (int i = 0; i < steps; i++) {
          int what = random.nextInt(10);
          if (what == 0) {
            marks.push(appender.mark());
            saved.push(new TreeMap<>(pages));
            appender.protect(marks.peek());
          } else if (what == 1 && !marks.isEmpty()) {
            appender.backTo(marks.peek());
            pages = new TreeMap<>(saved.peek());
          } else if (what == 2 && !marks.isEmpty()) {
            marks.pop();
            saved.pop();
            if (marks.isEmpty()) {
              appender.unprotect();
            } else {
              appender.protect(marks.peek());
            }
          } else {
            int pageNo = 1 + random.nextInt(12);
            appender.insert(pageNo, Pages.page(pageSize, ++version));
            pages.put(pageNo, version);
          }
          compare(pages, pageNo -> read(appender, pageNo, pageSize));
        }
        if (random.nextInt(4) > 0) {
          appender.insert(1, Pages.page(pageSize, ++version));
          pages.put(1, version);
          int sizeAfter = 6 + random.nextInt(7);
          appender.commit(sizeAfter);
          pages.keySet().removeIf(pageNo -> pageNo > sizeAfter);
          committed.clear();
          committed.putAll(pages);
        }
      }
    }

    private long read(SegmentAppender appender, int pageNo, int pageSize) throws IOException {
      ByteBuffer page = ByteBuffer.allocate(pageSize);
      return appender.readPage(pageNo, page) == 0 ? 0 : checked(page);
    }
  }

  @FunctionalInterface
  private interface Reading {
    long versionOf(int pageNo) throws IOException;
  }

  private void compare(Map<Integer, Long> pages, Reading reading) throws IOException {
    for (Map.Entry<Integer, Long> page : pages.entrySet()) {
      assertThat(reading.versionOf(page.getKey()))
          .as("page %d, -Dwalcast.seed=%d", page.getKey(), seed)
          .isEqualTo(page.getValue());
    }
  }

  private long checked(ByteBuffer page) {
    long version = page.getLong(0);
    assertThat(page.array())
        .as("-Dwalcast.seed=%d", seed)
        .isEqualTo(Pages.bytes(page.capacity(), version));
    return version;
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void randomTransactionsOfEveryPageSizeAreAsAModelSaysAndSurviveARestart(int pageSize)
      throws IOException {
    randomTransactions(fixture(pageSize), pageSize);
  }

  /** Frames lie across the ends of blocks in every way: at most ends a part is in the file. */
  @ParameterizedTest
  @ValueSource(ints = {1, 300, 512, 537, 800, 1024})
  void soAreTheyWhereverBlocksEnd(int blockBytes) throws IOException {
    randomTransactions(fixture(PAGE_SIZE, blockBytes), PAGE_SIZE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 300, 512, 537, 800, 1024, Integer.MAX_VALUE})
  void whatIsLeftOfATransactionCanBeCommittedAsItIs(int blockBytes) throws IOException {
    SegmentFixture fixture = fixture(PAGE_SIZE, blockBytes);
    for (int kept = 1; kept < 9; kept++) {
      for (int takenBack = 0; takenBack < 9; takenBack++) {
        CurrentSegment current = fixture.create(1);
        try (SegmentAppender appender = current.append(0)) {
          insertRange(appender, 1, kept);
          SegmentAppender.Mark mark = appender.mark();
          insertRange(appender, kept + 1, kept + takenBack);
          appender.backTo(mark);
          appender.commit(kept);
        }
        current.close();
        try (SealedSegment sealed =
            fixture.directory.open(current.path(), Long.MAX_VALUE).orElseThrow()) {
          assertThat(sealed.frameCount()).as("%d and %d", kept, takenBack).isEqualTo(kept);
          sealed.verifyFrames(fixture.buffers);
          sealed.delete();
        }
      }
    }
  }

  private static void insertRange(SegmentAppender appender, int from, int to) throws IOException {
    for (int pageNo = from; pageNo <= to; pageNo++) {
      insert(appender, pageNo, pageNo);
    }
  }

  private void randomTransactions(SegmentFixture fixture, int pageSize) throws IOException {
    CurrentSegment current = fixture.create(1);
    Model model = new Model();
    for (int i = 0; i < 40; i++) {
      model.transaction(current, pageSize);
      compare(model.committed, pageNo -> version(current, pageNo));
      assertThat(Files.size(current.path()))
          .as("-Dwalcast.seed=%d", seed)
          .isEqualTo(FrameFormat.offset(current.committed().frames(), pageSize));
    }
    current.close();
    try (SealedSegment sealed =
        fixture.directory.open(current.path(), Long.MAX_VALUE).orElseThrow()) {
      assertThat(sealed.frameCount()).isEqualTo(current.committed().frames());
      assertThat(sealed.lastFrameNo()).isEqualTo(current.committed().lastFrameNo());
      compare(
          model.committed,
          pageNo -> {
            ByteBuffer page = ByteBuffer.allocate(pageSize);
            sealed.readPage(sealed.indexOf(pageNo), page);
            return checked(page);
          });
    }
  }
}

package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testing.FaultyIo;
import io.walcast.testing.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** A tail of three segments and a current one, three frames each. */
class SegmentListTest {

  private static final int PAGE_SIZE = 512;

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private final List<SealedSegment> oldestFirst = new ArrayList<>();
  private SegmentFixture fixture;
  private SegmentList list = SegmentList.of(List.of());
  private CurrentSegment current;

  @BeforeEach
  void begin() throws IOException {
    fixture = new SegmentFixture(io, directory, PAGE_SIZE);
    seal(1, 6, 1, 2, 3);
    seal(4, 7, 1, 6, 7);
    seal(7, 5, 1, 5, 2);
    current = fixture.create(10);
    fixture.commit(current, 5, 1, 5);
    fixture.commit(current, 5, 5);
  }

  @AfterEach
  void end() throws IOException {
    current.close();
    for (SealedSegment segment : oldestFirst) {
      segment.close();
    }
  }

  private void seal(long startFrameNo, int sizeAfter, int... pageNos) throws IOException {
    CurrentSegment growing = fixture.create(startFrameNo);
    fixture.commit(growing, sizeAfter, pageNos);
    SealedSegment sealed = growing.seal(Instant.EPOCH, false);
    oldestFirst.add(sealed);
    list = list.with(sealed);
  }

  private long read(int pageNo) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    long frameNo = list.readPage(pageNo, page);
    if (frameNo != 0) {
      assertThat(page.array()).isEqualTo(Pages.bytes(PAGE_SIZE, frameNo));
    }
    return frameNo;
  }

  /** Page numbers and frame numbers as they come, like "5:12". */
  private List<String> stream(RoaringBitmap seen, long aboveFrameNo) throws IOException {
    List<String> pages = new ArrayList<>();
    try (PageStream stream =
        new PageStream(current, current.committed(), list, seen, aboveFrameNo)) {
      while (stream.next()) {
        assertThat(stream.page()).isEqualTo(Pages.page(PAGE_SIZE, stream.frameNo()));
        pages.add(stream.pageNo() + ":" + stream.frameNo());
      }
    }
    return pages;
  }

  private long start(long aboveFrameNo) throws IOException {
    try (PageStream stream =
        new PageStream(current, current.committed(), list, new RoaringBitmap(), aboveFrameNo)) {
      return stream.startFrameNo();
    }
  }

  @Test
  void aPageIsFoundInTheNewestSegmentThatHoldsIt() throws IOException {
    assertThat(read(1)).isEqualTo(7);
    assertThat(read(2)).isEqualTo(9);
    assertThat(read(3)).isEqualTo(3);
    assertThat(read(6)).isEqualTo(5);
    assertThat(read(4)).isZero();
    assertThat(list.size()).isEqualTo(3);
    assertThat(list.sizeBytes())
        .isEqualTo(oldestFirst.stream().mapToLong(SealedSegment::sizeBytes).sum());
  }

  @Test
  void aPageOfAClosedSegmentIsInTheCheckpointTarget() throws IOException {
    oldestFirst.get(0).close();
    assertThat(read(3)).isZero();
    assertThat(read(1)).isEqualTo(7);
    list = list.without(oldestFirst.subList(0, 2));
    assertThat(read(6)).isZero();
    assertThat(list.segments()).containsExactly(oldestFirst.get(2));
  }

  @Test
  void theRunChosenIsTheLongestThatIsDurableAndFreeOfReaders() {
    assertThat(list.chooseRun(2, Long.MAX_VALUE).isEmpty()).isTrue();
    CheckpointRun two = list.chooseRun(8, Long.MAX_VALUE);
    assertThat(two.segments()).isEqualTo(oldestFirst.subList(0, 2));
    assertThat(two.end().frameNo()).isEqualTo(6);
    assertThat(oldestFirst.get(1).pins().pin()).as("chosen").isFalse();
    two.release();
    assertThat(oldestFirst.get(1).pins().pin()).isTrue();
    CheckpointRun one = list.chooseRun(9, Long.MAX_VALUE);
    assertThat(one.segments()).containsExactly(oldestFirst.get(0));
    assertThat(one.hasMore()).isFalse();
    one.release();
    oldestFirst.get(1).pins().unpin();
    CheckpointRun all = list.chooseRun(9, Long.MAX_VALUE);
    assertThat(all.segments()).isEqualTo(oldestFirst);
    all.release();
    CheckpointRun bounded = list.chooseRun(9, 1);
    assertThat(bounded.segments()).hasSize(1);
    assertThat(bounded.hasMore()).isTrue();
  }

  @Test
  void theStreamHasEachPageOnceNewestFirstAndNoneThatWasCutOff() throws IOException {
    RoaringBitmap seen = new RoaringBitmap();
    assertThat(stream(seen, 0)).containsExactly("5:12", "1:10", "2:9", "3:3");
    assertThat(seen.toArray()).containsExactly(1, 2, 3, 5);
    assertThat(start(0)).isEqualTo(1);
  }

  @Test
  void theStreamEndsWhereTheReceiverIs() throws IOException {
    assertThat(stream(new RoaringBitmap(), 9)).containsExactly("5:12", "1:10");
    assertThat(start(9)).isEqualTo(10);
    assertThat(stream(new RoaringBitmap(), 11)).containsExactly("5:12");
    assertThat(stream(new RoaringBitmap(), 12)).isEmpty();
    assertThat(stream(new RoaringBitmap(), 100)).isEmpty();
    assertThat(stream(new RoaringBitmap(), 8)).containsExactly("5:12", "1:10", "2:9");
    assertThat(start(8)).isEqualTo(7);
  }

  @Test
  void pagesSeenElsewhereAreLeftOut() throws IOException {
    assertThat(stream(RoaringBitmap.bitmapOf(1, 3), 0)).containsExactly("5:12", "2:9");
  }

  @Test
  void theStreamReadsOnWhileItsSegmentsAreDeletedAndSaysHowFarItReaches() throws IOException {
    oldestFirst.get(0).delete();
    assertThat(start(0)).isEqualTo(4);
    try (PageStream stream =
        new PageStream(current, current.committed(), list, new RoaringBitmap(), 0)) {
      for (SealedSegment segment : oldestFirst) {
        segment.delete();
      }
      int pages = 0;
      while (stream.next()) {
        pages++;
      }
      assertThat(pages).isEqualTo(3);
    }
    assertThat(oldestFirst).noneMatch(SealedSegment::retain);
  }

  @Test
  void aStreamClosedEarlyLetsGoOfItsSegments() throws IOException {
    try (PageStream stream =
        new PageStream(current, current.committed(), list, new RoaringBitmap(), 0)) {
      stream.next();
      oldestFirst.get(2).delete();
      assertThat(oldestFirst.get(2).retain()).isTrue();
      oldestFirst.get(2).release();
    }
    assertThat(oldestFirst.get(2).retain()).isFalse();
  }

  @Test
  void theStreamIsAsOfItsCommit() throws IOException {
    CommitPoint before = current.committed();
    fixture.commit(current, 6, 6, 1);
    List<Long> frames = new ArrayList<>();
    try (PageStream stream = new PageStream(current, before, list, new RoaringBitmap(), 9)) {
      while (stream.next()) {
        frames.add(stream.frameNo());
      }
    }
    assertThat(frames).containsExactly(12L, 10L);
  }

  @Test
  void framesInAnyOrderAreAllLookedAt() throws IOException {
    try (SegmentAppender appender = current.append(0)) {
      appender.insert(30, 1, Pages.page(PAGE_SIZE, 30));
      appender.insert(20, 2, Pages.page(PAGE_SIZE, 20));
      appender.insert(25, 3, Pages.page(PAGE_SIZE, 25));
      appender.commit(5);
    }
    assertThat(stream(new RoaringBitmap(), 24)).containsExactly("3:25", "1:30");
  }
}

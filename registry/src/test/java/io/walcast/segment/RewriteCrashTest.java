package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StorageFile;
import io.walcast.testing.DelegatingFile;
import io.walcast.testing.DelegatingIo;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Transactions that recycle frames in the file and take frames back, stopped at every byte that
 * they write, and with writes that never arrived: what is left is a prefix of whole transactions.
 */
class RewriteCrashTest {

  private static final int PAGE_SIZE = 512;

  /** A write, or the file being cut where there are no bytes. */
  private record Change(long position, byte[] bytes, int commitsBefore) {

    private byte[] on(byte[] image, int length) {
      if (bytes == null) {
        return Arrays.copyOf(image, (int) Math.min(image.length, position));
      }
      byte[] changed = Arrays.copyOf(image, (int) Math.max(image.length, position + length));
      System.arraycopy(bytes, 0, changed, (int) position, length);
      return changed;
    }

    private byte[] on(byte[] image) {
      return on(image, bytes == null ? 0 : bytes.length);
    }
  }

  /** The real file system, with every change of a file written down. */
  private final class RecordingIo extends DelegatingIo {

    @Override
    public StorageFile open(Path path, OpenMode mode) throws IOException {
      return new DelegatingFile(super.open(path, mode)) {
        @Override
        public void writeFully(ByteBuffer source, long position) throws IOException {
          byte[] bytes = new byte[source.remaining()];
          source.get(source.position(), bytes);
          changes.add(new Change(position, bytes, committed));
          super.writeFully(source, position);
        }

        @Override
        public void truncate(long size) throws IOException {
          changes.add(new Change(size, null, committed));
          super.truncate(size);
        }
      };
    }
  }

  @TempDir Path directory;
  private final long seed = Long.getLong("walcast.seed", System.nanoTime());
  private final List<Change> changes = new ArrayList<>();
  private final List<Map<Integer, Long>> states = new ArrayList<>(List.of(Map.of()));
  private final TreeMap<Integer, Long> pages = new TreeMap<>();
  private int committed; // the newest of the states that is
  private SegmentFixture fixture;
  private Path path;
  private List<Change> recorded;

  /** With frames across the ends of blocks, or, where a block has no end, without. */
  private CurrentSegment beginRecord(int blockBytes) throws IOException {
    int frames = blockBytes < Integer.MAX_VALUE ? 4 : 2;
    BufferPool buffers = new BufferPool(2, frames * FrameFormat.frameBytes(PAGE_SIZE), blockBytes);
    fixture = new SegmentFixture(new RecordingIo(), directory, PAGE_SIZE, buffers);
    CurrentSegment current = fixture.create(1);
    path = current.path();
    return current;
  }

  private void endRecord(CurrentSegment current) throws IOException {
    current.close();
    recorded = List.copyOf(changes);
    fixture = new SegmentFixture(new FaultyIo(seed), directory, PAGE_SIZE);
  }

  private void record(int blockBytes) throws IOException {
    CurrentSegment current = beginRecord(blockBytes);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 1, 2, 3, 4, 5);
      insert(appender, 2, 1, 3, 5);
      commit(appender);
    }
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 3, 1, 2, 3);
      SegmentAppender.Mark mark = appender.mark();
      appender.protect(mark);
      Map<Integer, Long> saved = Map.copyOf(pages);
      insert(appender, 4, 1, 6, 7, 8, 9);
      appender.backTo(mark);
      pages.clear();
      pages.putAll(saved);
      insert(appender, 5, 4, 2);
      commit(appender);
    }
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 6, 1, 2, 3, 4, 5, 6);
    }
    pages.clear();
    pages.putAll(states.get(2));
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 7, 1, 2, 3, 4);
      insert(appender, 8, 2);
      commit(appender);
    }
    endRecord(current);
  }

  /** One transaction, then a group, with frames recycled and taken back in it. */
  private void recordGroup(int blockBytes) throws IOException {
    CurrentSegment current = beginRecord(blockBytes);
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 1, 1, 2, 3);
      commit(appender);
    }
    try (SegmentAppender appender = current.append(0)) {
      insert(appender, 2, 1, 2);
      insert(appender, 3, 1);
      next(appender);
      insert(appender, 4, 1);
      next(appender);
      for (int version = 5; version < 13; version += 2) { // at other places in a block each time
        insert(appender, version, 4, 5);
        SegmentAppender.Mark mark = appender.mark();
        appender.protect(mark);
        Map<Integer, Long> saved = Map.copyOf(pages);
        insert(appender, version + 1, 4);
        appender.backTo(mark);
        pages.clear();
        pages.putAll(saved);
        next(appender);
        insert(appender, version + 1, 2);
        next(appender);
      }
      insert(appender, 14, 1, 2, 3, 5, 1);
      commit(appender);
    }
    endRecord(current);
  }

  private void next(SegmentAppender appender) throws IOException {
    appender.next(5);
    states.add(new TreeMap<>(pages));
  }

  private void insert(SegmentAppender appender, long version, int... pageNos) throws IOException {
    for (int pageNo : pageNos) {
      appender.insert(pageNo, Pages.page(PAGE_SIZE, version));
      pages.put(pageNo, version);
    }
  }

  private void commit(SegmentAppender appender) throws IOException {
    appender.commit(5);
    pages.keySet().removeIf(pageNo -> pageNo > 5);
    states.add(new TreeMap<>(pages));
    committed = states.size() - 1;
  }

  /** The pages found when the file is opened with this content. */
  private Map<Integer, Long> pagesOf(byte[] content) throws IOException {
    Files.write(path, content);
    Map<Integer, Long> found = new TreeMap<>();
    if (fixture.directory.header(path).isEmpty()) {
      return found;
    }
    Optional<SealedSegment> opened = fixture.directory.open(path, Long.MAX_VALUE);
    if (opened.isPresent()) {
      try (SealedSegment segment = opened.get()) {
        for (int i = 0; i < segment.pageCount(); i++) {
          ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
          segment.readPage(i, page);
          long version = page.getLong(0);
          assertThat(page.array()).isEqualTo(Pages.bytes(PAGE_SIZE, version));
          found.put(segment.pageNo(i), version);
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(ints = {700, Integer.MAX_VALUE})
  void aCrashAtAnyMomentLeavesExactlyTheTransactionsThatWereCommitted(int blockBytes)
      throws IOException {
    record(blockBytes);
    byte[] image = new byte[0];
    for (int i = 0; i < recorded.size(); i++) {
      Change change = recorded.get(i);
      int length = change.bytes() == null ? 1 : change.bytes().length;
      for (int torn = 0; torn < length; torn++) {
        boolean inPage = torn % FrameFormat.frameBytes(PAGE_SIZE) > FrameFormat.HEADER;
        if (!inPage || torn % 5 == 0) {
          assertThat(pagesOf(change.bytes() == null ? image : change.on(image, torn)))
              .as("change %d, byte %d", i, torn)
              .isEqualTo(states.get(change.commitsBefore()));
        }
      }
      image = change.on(image);
    }
    assertThat(states).hasSize(4);
    assertThat(pagesOf(image)).isEqualTo(states.get(3));
    assertThat(recorded).as("header, flushes, replaced frames, chain, cuts").hasSizeGreaterThan(18);
  }

  @ParameterizedTest
  @ValueSource(ints = {700, Integer.MAX_VALUE})
  void aCrashWithinAGroupLeavesTheFirstOfItsTransactions(int blockBytes) throws IOException {
    recordGroup(blockBytes);
    byte[] image = new byte[0];
    Set<Integer> seen = new TreeSet<>();
    for (int i = 0; i < recorded.size(); i++) {
      Change change = recorded.get(i);
      int length = change.bytes() == null ? 1 : change.bytes().length;
      for (int torn = 0; torn < length; torn++) {
        boolean inPage = torn % FrameFormat.frameBytes(PAGE_SIZE) > FrameFormat.HEADER;
        if (!inPage || torn % 50 == 0) {
          Map<Integer, Long> found =
              pagesOf(change.bytes() == null ? image : change.on(image, torn));
          assertThat(states.subList(change.commitsBefore(), states.size()))
              .as("change %d, byte %d", i, torn)
              .contains(found);
          seen.add(states.indexOf(found));
        }
      }
      image = change.on(image);
    }
    assertThat(pagesOf(image)).isEqualTo(states.get(states.size() - 1));
    assertThat(seen).as("each transaction was the last for a while").hasSize(states.size() - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {700, Integer.MAX_VALUE})
  void writesThatNeverArrivedLeaveAPrefixOfTheTransactions(int blockBytes) throws IOException {
    record(blockBytes);
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 2000; round++) {
      byte[] image = recorded.get(0).on(new byte[0]); // the header
      boolean lost = false;
      for (Change change : recorded.subList(1, recorded.size())) {
        int fate = random.nextInt(12);
        if (fate == 0) {
          lost = true;
        } else if (fate == 1 && change.bytes() != null) {
          image = change.on(image, random.nextInt(change.bytes().length));
          lost = true;
        } else {
          image = change.on(image);
        }
      }
      Map<Integer, Long> found = pagesOf(image);
      assertThat(states).as("round %d, -Dwalcast.seed=%d", round, seed).contains(found);
      assertThat(lost || found.equals(states.get(3))).isTrue();
    }
  }
}

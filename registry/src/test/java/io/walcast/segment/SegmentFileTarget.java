package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StorageFile;
import io.walcast.testing.BytesIo;
import io.walcast.testing.Pages;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A segment file as a restart finds it: header, frames, recovery, trailer, index, every page. Each
 * input is tried as it is and with its checksums made right.
 */
public final class SegmentFileTarget implements FuzzTarget {

  private static final Path PATH = Path.of("log", "00000000000000000001.seg");
  private static final int PAGE_SIZE = 512;

  /** The read buffer is outside the heap; of the heap the index takes most. */
  private static final MemoryBound BOUND = new MemoryBound(96 * 1024, 8);

  private final BufferPool buffers = new BufferPool(1);

  @Override
  public List<byte[]> seeds() throws IOException {
    BytesIo io = new BytesIo();
    CurrentSegment current =
        CurrentSegment.create(io, io.put(PATH, new byte[0]), header(), buffers);
    byte[] empty = io.content(PATH);
    commit(current, 2, 1, 2);
    byte[] one = io.content(PATH);
    commit(current, 3, 3, 1);
    commit(current, 2, 2);
    byte[] three = io.content(PATH);
    current.seal(Instant.ofEpochMilli(1_700_000_000_000L), false).close();
    return List.of(empty, one, three, io.content(PATH));
  }

  private static SegmentHeader header() {
    return new SegmentHeader(PAGE_SIZE, 1, 0, new UUID(7, 8), 3, 9, Instant.EPOCH);
  }

  private static void commit(CurrentSegment segment, int sizeAfter, int... pageNos)
      throws IOException {
    try (SegmentAppender appender = segment.append(0)) {
      for (int pageNo : pageNos) {
        appender.insert(pageNo, Pages.page(PAGE_SIZE, pageNo));
      }
      appender.commit(sizeAfter);
    }
  }

  @Override
  public void accept(byte[] input) throws Exception {
    file(input);
    file(new SlowSegment(input).withChecksums());
  }

  private void file(byte[] content) throws Exception {
    Optional<SegmentHeader> header = BOUND.hold(content.length, () -> header(content));
    if (header.isPresent()) {
      assertThat(header.get().sizeBefore()).isNotNegative();
      assertThat(header.get().encode().array())
          .isEqualTo(Arrays.copyOf(content, SegmentHeader.LENGTH));
      trailer(content, header.get());
      long middle = header.get().startFrameNo() + 1;
      restart(content, true, Long.MAX_VALUE);
      restart(content, true, middle);
      restart(content, false, middle);
    }
  }

  private Optional<SegmentHeader> header(byte[] content) throws IOException {
    BytesIo io = new BytesIo();
    io.put(PATH, content);
    try {
      return new SegmentDirectory(io, PATH.getParent(), buffers, true).header(PATH);
    } catch (CorruptSegmentException
        | NotASegmentException
        | UnsupportedSegmentVersionException refused) {
      assertThat(refused).hasMessageContaining(PATH.toString());
      return Optional.empty();
    }
  }

  private static void trailer(byte[] content, SegmentHeader header) throws IOException {
    StorageFile file = new BytesIo().put(PATH, content);
    try {
      SegmentTrailer trailer = SegmentTrailer.read(file, header);
      if (trailer != null) {
        int at = content.length - SegmentTrailer.LENGTH;
        assertThat(trailer.encode(header.salt()).array())
            .isEqualTo(Arrays.copyOfRange(content, at, content.length));
        assertThat(trailer.sizeAfter()).isPositive();
        index(content, file, trailer);
      }
    } catch (CorruptSegmentException refused) {
      assertThat(refused).hasMessageContaining(PATH.toString());
    }
  }

  private static void index(byte[] content, StorageFile file, SegmentTrailer trailer)
      throws IOException {
    PageTable table = PageTable.read(file, trailer);
    StorageFile again = new BytesIo().put(PATH, new byte[0]);
    assertThat(table.write(again, 0)).isEqualTo(trailer.indexChecksum());
    byte[] rewritten = new byte[(int) again.size()];
    again.readFully(ByteBuffer.wrap(rewritten), 0);
    int at = (int) trailer.indexOffset();
    assertThat(rewritten)
        .isEqualTo(Arrays.copyOfRange(content, at, content.length - SegmentTrailer.LENGTH));
    for (int i = 0; i < table.count(); i++) {
      assertThat(table.indexOf(table.pageNo(i))).isEqualTo(i);
    }
  }

  /** Opens the file twice: what is recovered once is found sealed the second time. */
  private void restart(byte[] content, boolean synced, long upTo) throws Exception {
    Optional<BytesIo> left = BOUND.hold(content.length, () -> opened(content, synced, upTo));
    if (left.isEmpty()) {
      return;
    }
    Optional<Map<Integer, Long>> first = pages(left.get(), synced, upTo);
    boolean wasSealed = Arrays.equals(content, left.get().content(PATH));
    if (!wasSealed) {
      Map<Integer, Long> expected = new SlowSegment(content).pages(upTo);
      assertThat(first).contains(expected);
      assertThat(pages(left.get(), false, Long.MAX_VALUE)).contains(expected);
    }
  }

  /** The disk after a first opening; empty where nothing is left, or the file was refused. */
  private Optional<BytesIo> opened(byte[] content, boolean synced, long upTo) throws IOException {
    BytesIo io = new BytesIo();
    io.put(PATH, content);
    SegmentDirectory directory = new SegmentDirectory(io, PATH.getParent(), buffers, synced);
    try {
      Optional<SealedSegment> segment = directory.open(PATH, upTo);
      if (segment.isPresent()) {
        segment.get().close();
        return Optional.of(io);
      }
      assertThat(io.exists(PATH)).isFalse();
    } catch (CorruptSegmentException refused) {
      assertThat(refused).hasMessageContaining(PATH.toString());
    }
    return Optional.empty();
  }

  /** Every page of a segment that can be opened; empty where one is damaged. */
  private Optional<Map<Integer, Long>> pages(BytesIo io, boolean synced, long upTo)
      throws IOException {
    SegmentDirectory directory = new SegmentDirectory(io, PATH.getParent(), buffers, synced);
    Map<Integer, Long> pages = new TreeMap<>();
    try (SealedSegment segment = directory.open(PATH, upTo).orElseThrow()) {
      segment.isSnapshot();
      ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
      for (int i = 0; i < segment.pageCount(); i++) {
        long frameNo = segment.readPage(i, page.clear());
        assertThat(frameNo).isBetween(segment.startFrameNo(), segment.lastFrameNo());
        pages.put(segment.pageNo(i), frameNo);
      }
      return Optional.of(pages);
    } catch (CorruptSegmentException damaged) {
      assertThat(damaged).hasMessageContaining(PATH.toString());
      return Optional.empty();
    }
  }
}

package io.walcast.segment;

import io.walcast.io.Io;
import io.walcast.testing.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Small segments in one directory, and what their pages are. */
final class SegmentFixture {

  static final UUID LOG = new UUID(7, 8);
  static final Instant CREATED = Instant.ofEpochMilli(1_700_000_000_000L);

  final BufferPool buffers;
  final SegmentDirectory directory;
  private final Io io;
  private final int pageSize;

  SegmentFixture(Io io, Path path, int pageSize) throws IOException {
    this(io, path, pageSize, new BufferPool(1));
  }

  SegmentFixture(Io io, Path path, int pageSize, BufferPool buffers) throws IOException {
    this.io = io;
    this.buffers = buffers;
    this.pageSize = pageSize;
    this.directory = new SegmentDirectory(io, path, buffers, true);
    directory.segments();
  }

  SegmentHeader header(long startFrameNo, int sizeBefore) {
    return new SegmentHeader(pageSize, startFrameNo, sizeBefore, LOG, 3, io.randomLong(), CREATED);
  }

  CurrentSegment create(long startFrameNo) throws IOException {
    return directory.create(header(startFrameNo, 0));
  }

  /** Commits pages whose version is their frame number. */
  void commit(CurrentSegment segment, int sizeAfter, int... pageNos) throws IOException {
    try (SegmentAppender appender = segment.append(0)) {
      long frameNo = segment.committed().lastFrameNo();
      for (int pageNo : pageNos) {
        appender.insert(pageNo, Pages.page(pageSize, ++frameNo));
      }
      appender.commit(sizeAfter);
    }
  }

  /** The frame number of each page of a sealed segment, each page being checked. */
  Map<Integer, Long> pages(SealedSegment segment) throws IOException {
    Map<Integer, Long> versions = new TreeMap<>();
    for (int i = 0; i < segment.pageCount(); i++) {
      ByteBuffer page = ByteBuffer.allocate(pageSize);
      long frameNo = segment.readPage(i, page);
      if (!page.flip().equals(Pages.page(pageSize, frameNo))) {
        throw new AssertionError("garbage in page " + segment.pageNo(i));
      }
      versions.put(segment.pageNo(i), frameNo);
    }
    return versions;
  }
}

package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.segment.BufferPool;
import io.walcast.segment.CurrentSegment;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentAppender;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import io.walcast.sqlite.Primary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Seals transactions of a primary into the segments of one log. */
final class LogOfSegments {

  private final Io io = new StandardIo();
  private final SegmentDirectory directory;
  private final int pageSize;
  final UUID logId;
  int epoch;
  long nextFrameNo = 1;

  LogOfSegments(Path directory, UUID logId, int epoch, int pageSize) throws IOException {
    this.directory = new SegmentDirectory(io, directory, new BufferPool(1), false);
    this.directory.segments();
    this.logId = logId;
    this.epoch = epoch;
    this.pageSize = pageSize;
  }

  SealedSegment seal(List<Primary.Transaction> transactions) throws IOException {
    return sealStarting(nextFrameNo, transactions);
  }

  /** A segment whose first frame may be numbered higher than the segment starts. */
  SealedSegment sealStarting(long startFrameNo, List<Primary.Transaction> transactions)
      throws IOException {
    SegmentHeader header =
        new SegmentHeader(pageSize, startFrameNo, 0, logId, epoch, io.randomLong(), io.now());
    CurrentSegment segment = directory.create(header);
    for (Primary.Transaction transaction : transactions) {
      try (SegmentAppender appender = segment.append(nextFrameNo)) {
        for (Map.Entry<Integer, byte[]> page : transaction.pages().entrySet()) {
          appender.insert(nextFrameNo++, page.getKey(), ByteBuffer.wrap(page.getValue()));
        }
        appender.commit(transaction.sizeAfter());
      }
    }
    return segment.seal(io.now(), false);
  }

  SealedSegment seal(Primary.Transaction transaction) throws IOException {
    return seal(List.of(transaction));
  }
}

package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.segment.BufferPool;
import io.walcast.segment.CurrentSegment;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentAppender;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.Primary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Seals transactions of a primary into the segments of one log. */
final class LogOfSegments {

  private final Io io = new StandardIo();
  private final SegmentDirectory directory;
  private final int pageSize;
  final UUID logId;
  int epoch;
  long nextFrameNo = 1;
  boolean stating; // the checksum of the database after each segment
  int lostPage; // left out of segments, but not of the checksum
  int alteredPage; // other in segments than in the checksum
  final TreeMap<Integer, byte[]> database = new TreeMap<>();

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
          byte[] bytes = page.getValue().clone();
          if (page.getKey() == alteredPage) {
            bytes[bytes.length - 1] ^= 1;
          }
          if (page.getKey() != lostPage) {
            appender.insert(nextFrameNo, page.getKey(), ByteBuffer.wrap(bytes));
          }
          nextFrameNo++;
        }
        database.putAll(transaction.pages());
        database.tailMap(transaction.sizeAfter(), false).clear();
        appender.commit(transaction.sizeAfter(), stating ? checksum() : 0);
      }
    }
    return segment.seal(io.now(), false);
  }

  private long checksum() {
    long sum = 0;
    for (Map.Entry<Integer, byte[]> page : database.entrySet()) {
      sum ^= PageHash.of(page.getKey(), ByteBuffer.wrap(page.getValue()));
    }
    return PageHash.stated(sum);
  }

  SealedSegment seal(Primary.Transaction transaction) throws IOException {
    return seal(List.of(transaction));
  }
}

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

  private final Io io;
  private final SegmentDirectory directory;
  private final int pageSize;
  final UUID logId;
  int epoch;
  long nextFrameNo = 1;
  boolean stating; // the checksum of the database after each segment
  int lostPage; // left out of segments, but not of the checksum
  int alteredPage; // other in segments than in the checksum
  private final TreeMap<Integer, byte[]> database = new TreeMap<>();
  private long sum; // of the pages' hashes

  LogOfSegments(Path directory, UUID logId, int epoch, int pageSize) throws IOException {
    this(new StandardIo(), directory, logId, epoch, pageSize);
  }

  LogOfSegments(Io io, Path directory, UUID logId, int epoch, int pageSize) throws IOException {
    this.io = io;
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
        goOnWith(transaction.pages(), transaction.sizeAfter());
        appender.commit(transaction.sizeAfter(), stating ? PageHash.stated(sum) : 0);
      }
    }
    return segment.seal(io.now(), false);
  }

  /** These pages are in the database, whether or not a segment has them. */
  void goOnWith(Map<Integer, byte[]> pages, int sizeAfter) {
    for (Map.Entry<Integer, byte[]> page : pages.entrySet()) {
      sum ^= hash(page) ^ hash(page.getKey(), database.put(page.getKey(), page.getValue()));
    }
    Map<Integer, byte[]> cut = database.tailMap(sizeAfter, false);
    for (Map.Entry<Integer, byte[]> page : cut.entrySet()) {
      sum ^= hash(page);
    }
    cut.clear();
  }

  private static long hash(Map.Entry<Integer, byte[]> page) {
    return hash(page.getKey(), page.getValue());
  }

  private static long hash(int pageNo, byte[] page) {
    return page == null ? 0 : PageHash.of(pageNo, ByteBuffer.wrap(page));
  }

  SealedSegment seal(Primary.Transaction transaction) throws IOException {
    return seal(List.of(transaction));
  }
}

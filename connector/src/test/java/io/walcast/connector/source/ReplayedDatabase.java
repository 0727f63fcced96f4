package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.FrameRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What a replica would hold: segments applied by the rules of the replica, in memory. */
final class ReplayedDatabase {

  private final TreeMap<Integer, byte[]> pages = new TreeMap<>();
  private final Map<Integer, byte[]> staged = new HashMap<>();
  private UUID logId;
  private long frameNo;
  private int sizePages;
  private int pageSize;
  private int segments;
  private int skipped;

  void add(byte[] value) throws IOException {
    FrameRecord frame = FrameRecord.decode(value);
    byte[] page = new byte[frame.pageSize()];
    ByteBuffer.wrap(page).put(frame.page());
    staged.put(frame.pageNo(), page);
    if (frame.last()) {
      apply(frame);
      staged.clear();
    }
  }

  private void apply(FrameRecord last) {
    boolean newLog = !last.logId().equals(logId);
    if (!newLog && last.segmentEndFrameNo() <= frameNo) {
      skipped++;
      return;
    }
    if (last.snapshot()) {
      pages.clear();
    } else {
      assertThat(newLog).as("a new log begins with a snapshot").isFalse();
      assertThat(last.segmentStartFrameNo()).as("no gap").isLessThanOrEqualTo(frameNo + 1);
    }
    pages.putAll(staged);
    pages.tailMap(last.sizeAfter(), false).clear();
    logId = last.logId();
    frameNo = last.segmentEndFrameNo();
    sizePages = last.sizeAfter();
    pageSize = last.pageSize();
    segments++;
  }

  /** Writes it as a database file. */
  void writeTo(Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int pageNo = 1; pageNo <= sizePages; pageNo++) {
      bytes.write(pages.getOrDefault(pageNo, new byte[pageSize]));
    }
    Files.write(file, bytes.toByteArray());
  }

  long frameNo() {
    return frameNo;
  }

  UUID logId() {
    return logId;
  }

  int segments() {
    return segments;
  }

  int skipped() {
    return skipped;
  }
}

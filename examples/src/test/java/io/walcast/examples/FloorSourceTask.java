package io.walcast.examples;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * Hands out the same few thousand pages again and again, from memory and as large as frame records:
 * no disk, no checks, no state. Real pages, because compression must have the same work to do.
 */
public final class FloorSourceTask extends SourceTask {

  private static final int DIFFERENT_VALUES = 4096;
  private static final int HEADER_BYTES = 68;
  private static final int PAGE_BYTES = 4096;
  private static final Map<String, String> PARTITION = Map.of("floor", "0");

  private final CountDownLatch stopped = new CountDownLatch(1);
  private final byte[] key = "floor".getBytes(StandardCharsets.UTF_8);
  private final List<byte[]> values = new ArrayList<>();
  private String topic;
  private int pollRecords;
  private long left;
  private long sent;

  @Override
  public void start(Map<String, String> properties) {
    topic = properties.get(FloorSourceConnector.TOPIC);
    left = Long.parseLong(properties.get(FloorSourceConnector.RECORDS));
    pollRecords =
        Integer.parseInt(properties.getOrDefault(FloorSourceConnector.POLL_RECORDS, "1000"));
    Path pages = Path.of(properties.get(FloorSourceConnector.PAGES_FILE));
    try (InputStream in = Files.newInputStream(pages)) {
      byte[] page;
      while (values.size() < DIFFERENT_VALUES
          && (page = in.readNBytes(PAGE_BYTES)).length == PAGE_BYTES) {
        byte[] value = new byte[HEADER_BYTES + PAGE_BYTES];
        System.arraycopy(page, 0, value, HEADER_BYTES, PAGE_BYTES);
        values.add(value);
      }
    } catch (IOException e) {
      throw new ConnectException("cannot read pages from " + pages, e);
    }
  }

  @Override
  public List<SourceRecord> poll() {
    if (left == 0) {
      waitForStop();
      return List.of();
    }
    int n = (int) Math.min(left, pollRecords);
    left -= n;
    List<SourceRecord> records = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      byte[] value = values.get((int) (sent % values.size()));
      sent++;
      records.add(
          new SourceRecord(
              PARTITION,
              Map.of("sent", sent),
              topic,
              Schema.OPTIONAL_BYTES_SCHEMA,
              key,
              Schema.OPTIONAL_BYTES_SCHEMA,
              value));
    }
    return records;
  }

  private void waitForStop() {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("interrupted while idle", e);
    }
  }

  @Override
  public void stop() {
    stopped.countDown();
  }

  @Override
  public String version() {
    return "1";
  }
}

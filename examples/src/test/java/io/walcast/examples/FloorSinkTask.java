package io.walcast.examples;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** Counts records and bytes, and does nothing else with them. */
public final class FloorSinkTask extends SinkTask {

  /** Records seen by all tasks of this process since it started. */
  static final AtomicLong RECORDS = new AtomicLong();

  /** Bytes of their values. */
  static final AtomicLong BYTES = new AtomicLong();

  @Override
  public void start(Map<String, String> properties) {}

  @Override
  public void put(Collection<SinkRecord> records) {
    long bytes = 0;
    for (SinkRecord record : records) {
      bytes += ((byte[]) record.value()).length;
    }
    BYTES.addAndGet(bytes);
    RECORDS.addAndGet(records.size());
  }

  @Override
  public void stop() {}

  @Override
  public String version() {
    return "1";
  }
}

package io.walcast.examples;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/**
 * Counts records and bytes, and does nothing else with them; or writes them once to a file, too,
 * which it syncs when all that are to come have come, and at each flush.
 */
public final class FloorSinkTask extends SinkTask {

  private static final int MOST_AT_ONCE = 256;

  /** Path of the file that values are written to; not set: they are not. */
  static final String FILE = "floor.file";

  /** After so many records the file is synced before the last of them are counted. */
  static volatile long syncAfter = Long.MAX_VALUE;

  /** Records seen by all tasks of this process since it started. */
  static final AtomicLong RECORDS = new AtomicLong();

  /** Bytes of their values. */
  static final AtomicLong BYTES = new AtomicLong();

  private FileChannel file; // null: none

  @Override
  public void start(Map<String, String> properties) {
    String path = properties.get(FILE);
    if (path != null) {
      try {
        file = FileChannel.open(Path.of(path), CREATE, TRUNCATE_EXISTING, WRITE);
      } catch (IOException e) {
        throw new ConnectException("cannot write " + path, e);
      }
    }
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    long bytes = 0;
    for (SinkRecord record : records) {
      bytes += ((byte[]) record.value()).length;
    }
    if (file != null) {
      write(records);
    }
    BYTES.addAndGet(bytes);
    RECORDS.addAndGet(records.size());
  }

  private void write(Collection<SinkRecord> records) {
    try {
      ByteBuffer[] values =
          records.stream()
              .map(record -> ByteBuffer.wrap((byte[]) record.value()))
              .toArray(ByteBuffer[]::new);
      for (int from = 0; from < values.length; ) {
        file.write(values, from, Math.min(MOST_AT_ONCE, values.length - from));
        while (from < values.length && !values[from].hasRemaining()) {
          from++;
        }
      }
      if (RECORDS.get() + records.size() >= syncAfter) {
        file.force(false);
      }
    } catch (IOException e) {
      throw new ConnectException("cannot write records", e);
    }
  }

  @Override
  public void flush(Map<TopicPartition, OffsetAndMetadata> offsets) {
    if (file != null) {
      try {
        file.force(false);
      } catch (IOException e) {
        throw new ConnectException("cannot sync records", e);
      }
    }
  }

  @Override
  public void stop() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        throw new ConnectException("cannot close the file of records", e);
      }
    }
  }

  @Override
  public String version() {
    return "1";
  }
}

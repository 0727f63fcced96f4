package io.walcast.connector.storage;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** The records of a stretch of offsets, one after the other. For one thread. */
public final class TopicStretch {

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition source;
  private final long from;
  private final long to;
  private Iterator<ConsumerRecord<byte[], byte[]>> polled = Collections.emptyIterator();
  private ConsumerRecord<byte[], byte[]> record;

  TopicStretch(Consumer<byte[], byte[]> consumer, TopicPartition source, long from, long to)
      throws IOException {
    this.consumer = consumer;
    this.source = source;
    this.from = from;
    this.to = to;
    try {
      consumer.assign(List.of(source));
      consumer.seek(source, from);
    } catch (KafkaException e) {
      throw failed(e.getMessage(), e);
    }
  }

  /**
   * Goes to the next record.
   *
   * @return whether there is one
   * @throws IOException naming partition and offsets, also if the records are gone
   */
  public boolean next() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!polled.hasNext() && consumer.position(source) < to) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        polled = records.iterator();
        if (records.isEmpty() && System.nanoTime() - deadline > 0) {
          throw failed("nothing came for " + PATIENCE.toSeconds() + " s", null);
        }
      }
    } catch (KafkaException e) {
      throw failed(e.getMessage(), e);
    }
    record = polled.hasNext() ? polled.next() : null;
    if (record != null && record.offset() >= to) {
      record = null;
      polled = Collections.emptyIterator();
    }
    return record != null;
  }

  private IOException failed(String problem, Exception cause) {
    return new IOException(
        "reading " + source + " from offset " + from + " to " + to + ": " + problem, cause);
  }

  /** The record's offset. */
  public long offset() {
    return record.offset();
  }

  /** The record's time, in milliseconds since 1970: when its segment was sealed. */
  public long timestampMs() {
    return record.timestamp();
  }

  /** Whose record it is; empty if the key is no namespace. */
  public Optional<Namespace> namespace() {
    byte[] key = record.key();
    if (key == null || key.length > Namespace.MAX_LENGTH) {
      return Optional.empty();
    }
    String name = new String(key, StandardCharsets.UTF_8);
    return Namespace.isValid(name) ? Optional.of(new Namespace(name)) : Optional.empty();
  }

  /** Whether it deletes the namespace. */
  public boolean isDeletion() {
    return record.value() == null;
  }

  /**
   * The frame in it.
   *
   * @throws InvalidFrameException if it is none
   */
  public FrameRecord frame() throws InvalidFrameException {
    return FrameRecord.decode(record.value());
  }

  /** Partition and offset, for messages. */
  public String where() {
    return source + "@" + record.offset();
  }
}

package io.walcast.connector.source;

import io.walcast.capture.DeletedLog;
import io.walcast.segment.Namespace;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The deletion of a database on its way to Kafka: its namespace without a value. Its source offset
 * keeps log and epoch, so that a database which is created later at the same path begins in a
 * higher one; the frame is 0, as nothing of that log is to be gone on from.
 */
final class DeletionSourceRecord extends SourceRecord {

  private final transient Namespace namespace;
  private volatile boolean acknowledged;

  DeletionSourceRecord(Namespace namespace, DeletedLog log, String topic, long nowMs) {
    super(
        SourcePosition.partition(namespace),
        new SourcePosition(0, log.logId(), log.epoch()).toOffset(),
        topic,
        null, // the producer takes the partition from the key, as for the frames
        Schema.OPTIONAL_BYTES_SCHEMA,
        namespace.name().getBytes(StandardCharsets.UTF_8),
        Schema.OPTIONAL_BYTES_SCHEMA,
        null,
        nowMs);
    this.namespace = namespace;
  }

  Namespace namespace() {
    return namespace;
  }

  /** Kafka has it. */
  void acknowledge() {
    acknowledged = true;
  }

  /** Whether Kafka has it. Any thread. */
  boolean isAcknowledged() {
    return acknowledged;
  }
}

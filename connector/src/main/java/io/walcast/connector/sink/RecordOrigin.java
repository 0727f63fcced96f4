package io.walcast.connector.sink;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Where a record came from, as the consumer knows it: a transformation may have changed the topic.
 *
 * @param partition topic and partition
 * @param offset its offset there
 * @param timestampMs its timestamp, which says when the segment was sealed; 0 if it has none
 */
record RecordOrigin(TopicPartition partition, long offset, long timestampMs) {

  static RecordOrigin of(SinkRecord record) {
    return new RecordOrigin(
        new TopicPartition(record.originalTopic(), record.originalKafkaPartition()),
        record.originalKafkaOffset(),
        record.timestamp() == null ? 0 : record.timestamp());
  }

  /** As messages name it: {@code topic-partition@offset}. */
  @Override
  public String toString() {
    return partition + "@" + offset;
  }
}

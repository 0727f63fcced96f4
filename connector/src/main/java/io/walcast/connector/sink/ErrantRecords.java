package io.walcast.connector.sink;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/**
 * Hands records that are wrong to Connect, which logs them or sends them to a dead-letter queue:
 * each once, however often it is read, and only with {@code errors.tolerance=all}. Without that
 * Connect would stop the task, and with it all namespaces; they are only logged then. Either way
 * their namespace is quarantined: it never goes on without them.
 *
 * <p>Used by the task's thread only.
 */
final class ErrantRecords {

  private final ErrantRecordReporter reporter; // null: nobody wants to know
  private final Map<TopicPartition, Long> reported = new HashMap<>(); // the last offset

  ErrantRecords(SinkTaskContext context, boolean tolerated) {
    this.reporter = tolerated ? context.errantRecordReporter() : null;
  }

  /** Reports a record, unless it was. */
  void report(RecordOrigin origin, SinkRecord record, Exception problem) {
    Long last = reported.get(origin.partition());
    if (reporter != null && (last == null || origin.offset() > last)) {
      reporter.report(record, new DataException(origin + ": " + problem.getMessage(), problem));
      reported.put(origin.partition(), origin.offset());
    }
  }

  /** Forgets partitions that another task may have now. */
  void close(Collection<TopicPartition> partitions) {
    partitions.forEach(reported::remove);
  }
}

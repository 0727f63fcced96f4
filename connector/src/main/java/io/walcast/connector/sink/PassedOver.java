package io.walcast.connector.sink;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Partitions of which the consumer was sent past records, because nobody needs them who is
 * announced; and where to go back to, once, when that turns out to be wrong. Used by the task's
 * thread only.
 */
final class PassedOver {

  private final PartitionProgress progress;
  private final Map<TopicPartition, Long> from = new HashMap<>();

  PassedOver(PartitionProgress progress) {
    this.progress = progress;
  }

  /** The consumer is sent past what begins at an offset. */
  void past(TopicPartition partition, long offset) {
    from.put(partition, offset);
  }

  /** Where to go back to, if there is anything that was not gone back to before. */
  Optional<PartitionProgress.Hold> back(TopicPartition partition) {
    return Optional.ofNullable(from.remove(partition))
        .map(offset -> progress.hold(partition, offset));
  }

  /** Forgets these partitions. */
  void close(Collection<TopicPartition> partitions) {
    from.keySet().removeAll(partitions);
  }
}

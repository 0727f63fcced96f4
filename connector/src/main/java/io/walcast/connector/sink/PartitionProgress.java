package io.walcast.connector.sink;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Which offset of each partition may be committed: everything below the oldest record that is still
 * needed after a crash. Whoever needs a record, and all after it, takes a hold on its offset and
 * releases it once what it stood for is on disk.
 *
 * <p>Used by the task's thread only.
 */
final class PartitionProgress {

  private static final long ALL = -1;

  private final Map<TopicPartition, TreeMap<Long, Integer>> held = new HashMap<>();

  /** A claim that a partition must be read again from an offset; released once, by its owner. */
  static final class Hold {

    private final TopicPartition partition;
    private final long offset;
    private final TreeMap<Long, Integer> offsets;
    private boolean released;

    private Hold(TopicPartition partition, long offset, TreeMap<Long, Integer> offsets) {
      this.partition = partition;
      this.offset = offset;
      this.offsets = offsets;
    }

    TopicPartition partition() {
      return partition;
    }

    long offset() {
      return offset;
    }

    /** Whether it says where to read again. */
    boolean isOnRecord() {
      return offset != ALL;
    }

    /** Has no effect the second time, nor after the partition was closed. */
    void release() {
      if (!released) {
        released = true;
        offsets.computeIfPresent(offset, (at, count) -> count == 1 ? null : count - 1);
      }
    }
  }

  /** Keeps offsets at and above {@code offset} from being committed. */
  Hold hold(TopicPartition partition, long offset) {
    TreeMap<Long, Integer> offsets = held.computeIfAbsent(partition, p -> new TreeMap<>());
    offsets.merge(offset, 1, Integer::sum);
    return new Hold(partition, offset, offsets);
  }

  /** Keeps the partition from being committed any further, wherever it stands. */
  Hold holdAll(TopicPartition partition) {
    return hold(partition, ALL);
  }

  /** Forgets these partitions; holds taken on them until now count for nothing any more. */
  void close(Collection<TopicPartition> partitions) {
    held.keySet().removeAll(partitions);
  }

  /**
   * The offsets that may be committed.
   *
   * @param consumed for each assigned partition the offset after the last record taken
   * @return for the same partitions, but those of which nothing may be committed, nothing above
   *     {@code consumed} and nothing above a hold
   */
  Map<TopicPartition, OffsetAndMetadata> committable(
      Map<TopicPartition, OffsetAndMetadata> consumed) {
    Map<TopicPartition, OffsetAndMetadata> safe = new HashMap<>();
    consumed.forEach(
        (partition, next) -> {
          TreeMap<Long, Integer> offsets = held.get(partition);
          boolean free =
              offsets == null || offsets.isEmpty() || offsets.firstKey() >= next.offset();
          if (free) {
            safe.put(partition, next);
          } else if (offsets.firstKey() != ALL) {
            safe.put(partition, new OffsetAndMetadata(offsets.firstKey()));
          }
        });
    return safe;
  }
}

package io.walcast.connector.sink;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of one task, each opened at its first record. Used by the task's thread only, but
 * for {@link #statuses()}.
 */
final class Replicas {

  private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

  private final Map<Namespace, Replica> byNamespace = new ConcurrentHashMap<>();
  private final Function<Namespace, Replica> factory;
  private final FoldSignal signal;

  Replicas(Function<Namespace, Replica> factory, FoldSignal signal) {
    this.factory = factory;
    this.signal = signal;
  }

  Replica get(Namespace namespace) {
    return byNamespace.computeIfAbsent(namespace, factory);
  }

  /** The consumer has done the rewinds that {@link #retry} asked for. */
  void rewound() {
    byNamespace.values().forEach(Replica::rewound);
  }

  /** Lets every replica take note of what was folded. */
  void settle() {
    byNamespace.values().forEach(Replica::settle);
  }

  /** Settles, and makes what was folded durable; a replica that fails keeps its records held. */
  void force() {
    byNamespace.forEach(
        (namespace, replica) -> {
          replica.settle();
          try {
            replica.force();
          } catch (IOException e) {
            LOG.error("Replica {}: cannot be made durable, offsets are held back", namespace, e);
          }
        });
  }

  /** Tries suspended replicas again that are due; says from where to read partitions again. */
  Map<TopicPartition, Long> retry() {
    Map<TopicPartition, Long> rewinds = new HashMap<>();
    for (Replica replica : byNamespace.values()) {
      for (PartitionProgress.Hold from : replica.retry()) {
        rewinds.merge(from.partition(), from.offset(), Math::min);
      }
    }
    return rewinds;
  }

  boolean isAnySuspended() {
    return byNamespace.values().stream().anyMatch(Replica::isSuspended);
  }

  /** Bytes that wait to be folded, without those of suspended replicas. */
  long bufferedBytes() {
    return byNamespace.values().stream().mapToLong(Replica::bufferedBytes).sum();
  }

  /**
   * Closes the replicas seen on these partitions, after giving what they hold some time to be
   * folded.
   */
  void close(Collection<TopicPartition> partitions, long drainMs) {
    List<Map.Entry<Namespace, Replica>> closing =
        byNamespace.entrySet().stream()
            .filter(entry -> partitions.stream().anyMatch(entry.getValue()::isOn))
            .toList();
    boolean drained =
        signal.await(
            () -> closing.stream().map(Map.Entry::getValue).allMatch(Replica::isQuiet), drainMs);
    if (!drained) {
      LOG.info("Closing replicas before all is folded; the rest will be read again");
    }
    closing.forEach(
        entry -> {
          entry.getValue().close();
          byNamespace.remove(entry.getKey());
        });
  }

  /** Closes all. */
  void closeAll() {
    byNamespace.values().forEach(Replica::close);
    byNamespace.clear();
  }

  /** The state of each, in the order of their names; any thread may ask. */
  List<ReplicaStatus> statuses() {
    return byNamespace.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getValue().status())
        .toList();
  }
}

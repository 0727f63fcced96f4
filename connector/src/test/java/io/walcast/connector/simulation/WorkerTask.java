package io.walcast.connector.simulation;

import io.walcast.connector.sink.SimulatedTask;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;

/** What a Connect worker does for a sink task. For one thread. */
final class WorkerTask {

  private static final int MOST_RECORDS = 30;

  private final SimulatedTask task;
  private final Broker broker;
  private final Dice dice;
  private final Map<TopicPartition, Long> positions =
      new TreeMap<>(Comparator.comparingInt(TopicPartition::partition));
  private final Map<TopicPartition, Long> floors = new HashMap<>(); // all after these was delivered
  private final Map<TopicPartition, Long> seeks = new HashMap<>(); // asked for, and not done yet
  private boolean lost;
  private boolean opened; // and has not polled since

  WorkerTask(SimulatedTask task, Broker broker, Dice dice) {
    this.task = task;
    this.broker = broker;
    this.dice = dice;
  }

  SimulatedTask task() {
    return task;
  }

  void open(Collection<TopicPartition> partitions, ToLongFunction<TopicPartition> committed) {
    partitions.forEach(partition -> positions.put(partition, committed.applyAsLong(partition)));
    floors.putAll(positions);
    if (!partitions.isEmpty()) {
      task.open(partitions);
      opened = true;
      seeks.putAll(task.takeRewinds());
      seeks.forEach((partition, offset) -> floors.merge(partition, offset, Math::max));
    }
  }

  /**
   * Reads and delivers. What a task wants to read again it gets with the next call; after an
   * assignment, records may be on their way that came before it said so.
   */
  void poll() {
    if (!opened || dice.oneIn(2)) {
      seeks.putAll(task.takeRewinds());
      seeks.forEach(this::seek);
      seeks.clear();
    }
    opened = false;
    List<SinkRecord> batch = new ArrayList<>();
    for (TopicPartition partition : positions.keySet()) {
      if (!task.isPaused(partition)) {
        read(partition, batch);
      }
    }
    task.put(batch);
  }

  private void seek(TopicPartition partition, long offset) {
    if (!positions.containsKey(partition)) {
      return;
    }
    if (offset > positions.get(partition)) {
      floors.put(partition, offset);
    }
    positions.put(partition, offset);
  }

  /** Whether retention has taken something that was still to be read. */
  boolean hasLostRecords() {
    return lost;
  }

  /** Whether all from an offset on was delivered as it came, of what was delivered. */
  boolean hasAllFrom(TopicPartition partition, long offset) {
    return positions.containsKey(partition) && floors.get(partition) <= offset;
  }

  private void read(TopicPartition from, List<SinkRecord> batch) {
    Partition partition = broker.at(from);
    if (positions.get(from) < partition.first()) {
      lost = true;
      positions.put(from, partition.first()); // auto.offset.reset=earliest
      floors.merge(from, partition.first(), Math::max); // it may have been sent past more than that
    }
    long position = positions.get(from);
    for (Partition.Entry entry : partition.read(position, dice.below(MOST_RECORDS))) {
      batch.add(
          new SinkRecord(
              from.topic(),
              from.partition(),
              null,
              entry.key(),
              null,
              entry.value(),
              entry.offset(),
              entry.timestampMs(),
              TimestampType.CREATE_TIME));
      position = entry.offset() + 1;
    }
    positions.put(from, position);
  }

  /** Whether everything was delivered, and nothing is asked for again. */
  boolean isAtEnd() {
    return positions.entrySet().stream().allMatch(e -> e.getValue() >= broker.at(e.getKey()).end());
  }

  Map<TopicPartition, OffsetAndMetadata> preCommit() {
    Map<TopicPartition, OffsetAndMetadata> delivered = new HashMap<>();
    positions.forEach((partition, next) -> delivered.put(partition, new OffsetAndMetadata(next)));
    return task.preCommit(delivered);
  }

  @Override
  public String toString() {
    return positions
        + task.replicas().stream()
            .map(r -> " " + r.getNamespace() + " " + r.getState() + " " + r.getReceivedFrame())
            .collect(Collectors.joining(","));
  }

  void close() {
    if (!positions.isEmpty()) {
      task.close(List.copyOf(positions.keySet()));
      positions.clear();
      seeks.clear();
    }
  }
}

package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A sink task with the part of a worker around it that matters: one partition whose records are
 * kept, delivered batch by batch, and delivered again when the task rewinds.
 */
final class TaskRun implements AutoCloseable {

  static final TopicPartition PARTITION = new TopicPartition("frames", 0);

  private static final int BATCH = 7; // small and odd, so that segments are cut anywhere
  private static final long DEADLINE_NS = 30_000_000_000L;

  final RecordingContext context = new RecordingContext();
  private final WalSinkTask task = new WalSinkTask();
  private final List<SinkRecord> partition;
  private int consumed;
  private boolean open = true;

  /** Starts a task on a new partition. */
  TaskRun(Path replicas, Map<String, String> extra) {
    this(replicas, extra, new ArrayList<>());
  }

  /** Starts a task that reads a partition from its beginning. */
  TaskRun(Path replicas, Map<String, String> extra, List<SinkRecord> partition) {
    this(replicas, extra, partition, new StandardIo());
  }

  /** The same on any file system. */
  TaskRun(Path replicas, Map<String, String> extra, List<SinkRecord> partition, Io io) {
    this.partition = partition;
    Map<String, String> properties = new HashMap<>();
    properties.put(WalSinkConfig.REPLICAS_DIRECTORY, replicas.toString());
    properties.put("name", "test-sink");
    properties.put(WalSinkConfig.REPLICAS_PROTECT, "false"); // tests write to them
    properties.putAll(extra);
    context.assignment.add(PARTITION);
    task.initialize(context);
    task.start(new WalSinkConfig(properties), io);
    task.open(Set.of(PARTITION));
  }

  List<SinkRecord> partition() {
    return partition;
  }

  /** Appends records and has them delivered. */
  void send(String namespace, List<byte[]> values) {
    values.forEach(value -> append(namespace.getBytes(StandardCharsets.UTF_8), value));
    poll();
  }

  /** Appends a record with any key and value, and has it delivered. */
  void send(Object key, Object value) {
    append(key, value);
    poll();
  }

  private void append(Object key, Object value) {
    long offset = partition.size();
    partition.add(
        new SinkRecord(
            PARTITION.topic(),
            PARTITION.partition(),
            null,
            key,
            null,
            value,
            offset,
            1_000 + offset,
            TimestampType.CREATE_TIME));
  }

  /** Delivers what is there, or an empty batch; pauses and rewinds are honoured. */
  void poll() {
    do {
      Long rewind = context.rewinds.remove(PARTITION);
      if (rewind != null) {
        consumed = rewind.intValue();
      }
      int until =
          context.paused.isEmpty() ? Math.min(consumed + BATCH, partition.size()) : consumed;
      List<SinkRecord> batch = List.copyOf(partition.subList(consumed, until));
      consumed = until;
      task.put(batch);
    } while (consumed < partition.size() && context.paused.isEmpty() || !context.rewinds.isEmpty());
  }

  /** Goes on polling until the replica is as asked for. */
  ReplicaStatus awaitStatus(String namespace, Predicate<ReplicaStatus> condition) {
    long deadlineNs = System.nanoTime() + DEADLINE_NS;
    while (!condition.test(status(namespace))) {
      assertThat(System.nanoTime() - deadlineNs).as("time: " + status(namespace)).isNegative();
      poll();
      Thread.onSpinWait();
    }
    return status(namespace);
  }

  /** Waits until the database of a replica holds a frame. */
  void awaitApplied(String namespace, long frameNo) {
    awaitStatus(namespace, status -> status.appliedFrame() >= frameNo);
  }

  ReplicaStatus status(String namespace) {
    return task.statuses().stream()
        .filter(status -> status.namespace().equals(namespace))
        .findFirst()
        .orElseThrow();
  }

  List<ReplicaStatus> statuses() {
    return task.statuses();
  }

  /** What would be committed now. */
  long committable() {
    return task.preCommit(Map.of(PARTITION, new OffsetAndMetadata(consumed)))
        .get(PARTITION)
        .offset();
  }

  /** Revokes the partition. */
  void revoke() {
    task.close(Set.of(PARTITION));
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      task.close(Set.of(PARTITION));
      task.stop();
    }
  }
}

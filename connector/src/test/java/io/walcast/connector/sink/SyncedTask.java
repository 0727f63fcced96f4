package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;

/** A sink task with a real consumer, driven as a worker does it. */
final class SyncedTask implements AutoCloseable {

  private static final long PATIENCE_NS =
      Long.getLong("walcast.patienceSeconds", 60) * 1_000_000_000L;

  final RecordingContext context = new RecordingContext();
  private final WalSinkTask task = new WalSinkTask();
  private final TopicPartition partition;
  private final Consumer<byte[], byte[]> consumer;
  private long deliveredBytes;
  private boolean open = true;

  /** Starts a task that goes on from an offset. */
  SyncedTask(SyncTopic topic, Path replicas, long from, Map<String, String> extra) {
    partition = topic.partition();
    consumer = topic.consumer();
    Map<String, String> properties = new HashMap<>(topic.clientSettings());
    properties.put(WalSinkConfig.REPLICAS_DIRECTORY, replicas.toString());
    properties.put("name", "synced-sink");
    properties.put(WalSinkConfig.REPLICAS_PROTECT, "false"); // tests write to them
    properties.put(WalSinkConfig.SYNC_MIN_BYTES, "0");
    properties.putAll(extra);
    context.assignment.add(partition);
    task.initialize(context);
    task.start(new WalSinkConfig(properties), new StandardIo());
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    task.open(Set.of(partition));
  }

  /** One round of a worker: seeks, reads, delivers. */
  void poll() {
    Long seek = context.rewinds.remove(partition);
    if (seek != null) {
      consumer.seek(partition, seek);
    }
    List<SinkRecord> batch = new ArrayList<>();
    if (context.paused.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
        deliveredBytes += record.serializedValueSize();
        batch.add(
            new SinkRecord(
                record.topic(),
                record.partition(),
                null,
                record.key(),
                null,
                record.value(),
                record.offset(),
                record.timestamp(),
                TimestampType.CREATE_TIME));
      }
    }
    task.put(batch);
  }

  /** Bytes of the values that came through the live consumer. */
  long deliveredBytes() {
    return deliveredBytes;
  }

  /** Bytes that syncs had from the brokers. */
  long syncedBytes() {
    return task.syncFigures().readBytes();
  }

  long syncs() {
    return task.syncFigures().done();
  }

  /** Syncs that are under way now. */
  int syncsRunning() {
    return task.syncFigures().running();
  }

  /** Pages that syncs have read so far. */
  long syncedPages() {
    return task.syncFigures().pages();
  }

  long syncsFailed() {
    return task.syncFigures().failed();
  }

  /** Polls until the replica is as asked for. */
  ReplicaStatus await(String namespace, Predicate<ReplicaStatus> condition) {
    long deadlineNs = System.nanoTime() + PATIENCE_NS;
    while (status(namespace).filter(condition).isEmpty()) {
      assertThat(System.nanoTime() - deadlineNs)
          .as("%s: %s", namespace, task.statuses())
          .isNegative();
      poll();
    }
    return status(namespace).orElseThrow();
  }

  void awaitApplied(String namespace, long frameNo) {
    await(namespace, status -> status.appliedFrame() >= frameNo);
  }

  java.util.Optional<ReplicaStatus> status(String namespace) {
    return task.statuses().stream().filter(s -> s.namespace().equals(namespace)).findFirst();
  }

  /** What would be committed now; -1: nothing. */
  long committable() {
    OffsetAndMetadata safe =
        task.preCommit(Map.of(partition, new OffsetAndMetadata(consumer.position(partition))))
            .get(partition);
    return safe == null ? -1 : safe.offset();
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      task.close(Set.of(partition));
      task.stop();
      consumer.close();
    }
  }
}

package io.walcast.connector.source;

import io.walcast.testkit.Eventually;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** Runs one source task as a worker does, with Kafka played by maps. */
final class TaskHarness implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final RecordMetadata WRITTEN =
      new RecordMetadata(new TopicPartition("walcast", 0), 0, 0, 0, 0, 0);

  private final Map<String, ReplayedDatabase> topic;
  private final Map<Map<String, ?>, Map<String, Object>> offsets;
  private final WalSourceTask task = new WalSourceTask();
  private final List<String> deletions = new ArrayList<>();
  private final List<SourceRecord> withheld = new ArrayList<>();
  private boolean acknowledging = true;

  /** Goes on with the topic and the offsets of a task before it. */
  TaskHarness(
      Map<String, String> settings,
      Map<String, ReplayedDatabase> topic,
      Map<Map<String, ?>, Map<String, Object>> offsets) {
    this.topic = topic;
    this.offsets = offsets;
    task.initialize(new Context());
    Map<String, String> properties = new HashMap<>(settings);
    properties.putIfAbsent("name", "test");
    task.start(new TaskShare(0, 1).addTo(properties));
  }

  /** From now on records reach the topic, but the task does not learn of it. */
  void withholdAcknowledgements() {
    acknowledging = false;
  }

  /** The task learns of those that were withheld, too, and of all that follow. */
  void acknowledgeAgain() {
    acknowledging = true;
    withheld.forEach(this::acknowledge);
    withheld.clear();
  }

  /** Namespaces whose deletion reached the topic, in that order. */
  List<String> deletions() {
    return deletions;
  }

  WalSourceTask task() {
    return task;
  }

  /** Polls and writes until the condition holds. */
  void until(String what, Callable<Boolean> condition) {
    Eventually.until(
        PATIENCE,
        what,
        () -> {
          pump();
          return condition.call();
        });
  }

  private void pump() throws Exception {
    List<SourceRecord> records = task.poll();
    if (records == null) {
      return;
    }
    for (SourceRecord each : records) {
      String namespace = new String((byte[]) each.key(), StandardCharsets.UTF_8);
      if (each.value() == null) {
        topic.remove(namespace);
        deletions.add(namespace);
      } else {
        topic.computeIfAbsent(namespace, name -> new ReplayedDatabase()).add((byte[]) each.value());
      }
      if (acknowledging) {
        acknowledge(each);
      } else {
        withheld.add(each);
      }
    }
  }

  /** As a worker does once the record is in the topic. */
  void acknowledge(SourceRecord each) {
    offsets.put(each.sourcePartition(), new HashMap<>(each.sourceOffset()));
    task.commitRecord(each, WRITTEN);
  }

  @Override
  public void close() {
    task.stop();
  }

  private final class Context implements SourceTaskContext, OffsetStorageReader {
    @Override
    public Map<String, String> configs() {
      return Map.of();
    }

    @Override
    public OffsetStorageReader offsetStorageReader() {
      return this;
    }

    @Override
    public PluginMetrics pluginMetrics() {
      throw new UnsupportedOperationException("an older worker has none");
    }

    @Override
    public <T> Map<String, Object> offset(Map<String, T> partition) {
      return offsets.get(partition);
    }

    @Override
    public <T> Map<Map<String, T>, Map<String, Object>> offsets(
        Collection<Map<String, T>> partitions) {
      Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
      partitions.forEach(partition -> found.put(partition, offsets.get(partition)));
      return found;
    }
  }
}

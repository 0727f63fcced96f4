package io.walcast.connector.sink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** A worker's side of a task: remembers what the task asked for. */
final class RecordingContext implements SinkTaskContext {

  final Set<TopicPartition> assignment = new HashSet<>();
  final Set<TopicPartition> paused = new HashSet<>();
  final Map<TopicPartition, Long> rewinds = new HashMap<>();
  final List<String> errant = new ArrayList<>();
  long timeoutMs = -1;

  @Override
  public Map<String, String> configs() {
    return Map.of();
  }

  @Override
  public void offset(Map<TopicPartition, Long> offsets) {
    rewinds.putAll(offsets);
  }

  @Override
  public void offset(TopicPartition partition, long offset) {
    rewinds.put(partition, offset);
  }

  @Override
  public void timeout(long ms) {
    timeoutMs = ms;
  }

  @Override
  public Set<TopicPartition> assignment() {
    return assignment;
  }

  @Override
  public void pause(TopicPartition... partitions) {
    paused.addAll(List.of(partitions));
  }

  @Override
  public void resume(TopicPartition... partitions) {
    List.of(partitions).forEach(paused::remove);
  }

  @Override
  public ErrantRecordReporter errantRecordReporter() {
    return (record, error) -> {
      errant.add(record.originalKafkaOffset() + ": " + error.getMessage());
      return CompletableFuture.completedFuture(null);
    };
  }

  @Override
  public void requestCommit() {
    // nothing commits by itself here
  }

  @Override
  public PluginMetrics pluginMetrics() {
    throw new UnsupportedOperationException("the sink shows itself through JMX");
  }
}

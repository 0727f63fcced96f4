package io.walcast.connector.source;

import io.walcast.testkit.Eventually;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** Runs one source task, acknowledges all that it publishes, and keeps none of it. */
final class AcknowledgingTask implements AutoCloseable {

  private static final RecordMetadata WRITTEN =
      new RecordMetadata(new TopicPartition("walcast", 0), 0, 0, 0, 0, 0);

  private final WalSourceTask task = new WalSourceTask();

  AcknowledgingTask(Map<String, String> settings) {
    task.initialize(new Context());
    task.start(new TaskShare(0, 1).addTo(settings));
  }

  void until(Duration patience, String what, Callable<Boolean> condition) {
    Eventually.until(
        patience,
        what,
        () -> {
          List<SourceRecord> records = task.poll();
          for (SourceRecord each : records == null ? List.<SourceRecord>of() : records) {
            task.commitRecord(each, WRITTEN);
          }
          return condition.call();
        });
  }

  @Override
  public void close() {
    task.stop();
  }

  private static final class Context implements SourceTaskContext, OffsetStorageReader {
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
      return null;
    }

    @Override
    public <T> Map<Map<String, T>, Map<String, Object>> offsets(
        Collection<Map<String, T>> partitions) {
      return Map.of();
    }
  }
}

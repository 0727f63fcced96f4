package io.walcast.connector.source;

import io.walcast.connector.BuildVersion;
import io.walcast.connector.announcer.AnnouncementRecord;
import io.walcast.connector.client.KafkaClients;
import io.walcast.io.StandardIo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * Captures its share of the databases and publishes their segments. All work on the databases is
 * done by a thread of its own; {@link #poll} hands over what that has sealed, and {@link
 * #commitRecord}, on the producer's thread, tells it what Kafka has.
 */
public final class WalSourceTask extends SourceTask {

  private static final Duration LONGEST_POLL = Duration.ofMillis(500);

  private volatile CapturePipeline pipeline;

  /** Kafka Connect makes tasks without arguments. */
  public WalSourceTask() {}

  @Override
  public String version() {
    return BuildVersion.get();
  }

  @Override
  public void start(Map<String, String> properties) {
    String connector = properties.getOrDefault("name", "walcast-source");
    pipeline =
        CapturePipeline.start(
            connector,
            new WalSourceConfig(properties),
            TaskShare.of(properties),
            context.offsetStorageReader(),
            KafkaClients.of(properties),
            new StandardIo());
  }

  /**
   * Frames of sealed segments, or {@code null} if none come within half a second.
   *
   * @throws ConnectException if frames were lost on their way or capture has ended
   */
  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    CapturePipeline running = pipeline;
    if (running == null) {
      return null;
    }
    List<SourceRecord> records = running.take(LONGEST_POLL);
    return records.isEmpty() ? null : records;
  }

  @Override
  public void commitRecord(SourceRecord sourceRecord, RecordMetadata metadata) {
    CapturePipeline running = pipeline;
    if (running == null) {
      return;
    }
    if (sourceRecord instanceof FrameSourceRecord frame) {
      running.committed(frame, metadata);
    } else if (sourceRecord instanceof DeletionSourceRecord deletion) {
      running.committed(deletion, metadata);
    } else if (sourceRecord instanceof AnnouncementRecord announcement) {
      running.committed(announcement, metadata);
    }
  }

  /** Ends capture within bounded time; what Kafka does not have yet stays on disk. */
  @Override
  public void stop() {
    CapturePipeline running = pipeline;
    pipeline = null;
    if (running != null) {
      running.close();
    }
  }
}

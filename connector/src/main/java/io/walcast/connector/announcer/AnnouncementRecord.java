package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * An announcement, or the end of one, on its way to Kafka. Its source partition is {@code
 * {"announced": namespace}}, its offset the last frame with log and epoch.
 */
public final class AnnouncementRecord extends SourceRecord {

  private final transient AnnouncementKey key;
  private final transient AnnouncedRun run; // null: it is retired

  private AnnouncementRecord(
      String topic, AnnouncementKey key, long frameNo, byte[] value, AnnouncedRun run) {
    super(
        Map.of("announced", key.namespace().name()),
        Map.of(
            "frame",
            frameNo,
            "log",
            key.logId().toString(),
            "epoch",
            Integer.toUnsignedLong(key.epoch())),
        topic,
        null,
        Schema.OPTIONAL_BYTES_SCHEMA,
        key.encode(),
        Schema.OPTIONAL_BYTES_SCHEMA,
        value);
    this.key = key;
    this.run = run;
  }

  static AnnouncementRecord of(String topic, Announcement run) {
    return new AnnouncementRecord(
        topic, run.key(), run.endFrameNo(), AnnouncementJson.encode(run), AnnouncedRun.of(run));
  }

  /** Retires what was announced under a key. */
  static AnnouncementRecord retired(String topic, AnnouncementKey key) {
    return new AnnouncementRecord(topic, key, key.startFrameNo(), null, null);
  }

  AnnouncementKey announcementKey() {
    return key;
  }

  /** What it announces; {@code null} if it retires. */
  AnnouncedRun run() {
    return run;
  }
}

package io.walcast.connector.source;

import io.walcast.connector.announcer.AnnouncerOptions;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;

/** The settings of announcements and of what depends on them. Stateless. */
final class AnnouncementConfig {

  static final String ENABLED = "announce.enabled";
  static final String INTERVAL_MS = "announce.interval.ms";
  static final String RUN_MAX_BYTES = "announce.run.max.bytes";
  static final String SNAPSHOT_SIZE_RATIO = "snapshot.size.ratio";
  static final String SNAPSHOT_INTERVAL_MS = "snapshot.interval.ms";
  static final String HISTORY_RETENTION_MS = "history.retention.ms";
  static final String PRUNE = "prune";
  static final String PRUNE_INTERVAL_MS = "prune.interval.ms";

  private AnnouncementConfig() {}

  static ConfigDef addTo(ConfigDef definition) {
    defineAnnouncements(definition);
    defineSnapshots(definition);
    return definition;
  }

  private static void defineAnnouncements(ConfigDef definition) {
    String group = "Announcements";
    definition
        .define(
            ENABLED,
            Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether what was published is announced in the topic whose name is that of topic with"
                + " .segments behind it, from which a new replica learns where the pages are. The"
                + " topic is created if it is not there, compacted. The connector's producer must"
                + " be allowed to write to it, and its own clients to read it, see Kafka clients.",
            group,
            1,
            Width.SHORT,
            "Announce")
        .define(
            INTERVAL_MS,
            Type.LONG,
            1_000L,
            Range.between(10L, 3_600_000L),
            Importance.LOW,
            "How often, in milliseconds, the announcements of a database are written at most.",
            group,
            2,
            Width.SHORT,
            "Announcement interval")
        .define(
            RUN_MAX_BYTES,
            Type.LONG,
            4L * 1024 * 1024,
            Range.between(64L * 1024, 1L << 30),
            Importance.LOW,
            "Small segments that follow each other are announced as one, up to this many bytes of"
                + " records: a reader holds that much in memory.",
            group,
            3,
            Width.SHORT,
            "Run size limit");
  }

  private static void defineSnapshots(ConfigDef definition) {
    String group = "Snapshots and history";
    definition
        .define(
            SNAPSHOT_SIZE_RATIO,
            Type.DOUBLE,
            1.0,
            Range.atLeast(0),
            Importance.MEDIUM,
            "A snapshot is published when what was published since the last one is larger than the"
                + " database, times this, and than announce.run.max.bytes. At 1.0 snapshots at most"
                + " double what is published, and a new replica reads at most about twice its"
                + " database. 0: never for that reason. Needs announcements.",
            group,
            1,
            Width.SHORT,
            "Snapshot size ratio")
        .define(
            SNAPSHOT_INTERVAL_MS,
            Type.LONG,
            0L,
            Range.atLeast(0),
            Importance.LOW,
            "Age, in milliseconds, of the last snapshot from which on another one is published if"
                + " the database has changed since. 0: never for that reason. Needs announcements.",
            group,
            2,
            Width.SHORT,
            "Snapshot interval")
        .define(
            HISTORY_RETENTION_MS,
            Type.LONG,
            86_400_000L,
            Range.atLeast(-1),
            Importance.MEDIUM,
            "How far back, in milliseconds, a database can be restored to any time. What no such"
                + " time needs is no longer announced once a snapshot follows it. 0: only the last"
                + " snapshot and what follows it is kept; -1: everything.",
            group,
            3,
            Width.SHORT,
            "History retention")
        .define(
            PRUNE,
            Type.BOOLEAN,
            false,
            Importance.MEDIUM,
            "Whether records of topic are deleted once nothing that is announced needs them. All"
                + " sources that publish to topic must announce. A consumer that is still further"
                + " back, and does not know announcements, then finds a gap.",
            group,
            4,
            Width.SHORT,
            "Prune")
        .define(
            PRUNE_INTERVAL_MS,
            Type.LONG,
            60_000L,
            Range.between(100L, 86_400_000L),
            Importance.LOW,
            "How often, in milliseconds, records are deleted where prune is set. What became"
                + " unneeded is deleted one interval later, so that who reads it can finish.",
            group,
            5,
            Width.SHORT,
            "Prune interval");
  }

  /**
   * Checks what one value alone does not tell.
   *
   * @throws ConfigException naming the key
   */
  static void check(AbstractConfig config) {
    String topic = config.getString(WalSourceConfig.TOPIC);
    if (config.getBoolean(ENABLED) && topic.length() > AnnouncerOptions.TOPIC_MAX_LENGTH) {
      throw new ConfigException(
          WalSourceConfig.TOPIC,
          topic,
          "is longer than " + AnnouncerOptions.TOPIC_MAX_LENGTH + ", with .segments behind it");
    }
    if (config.getBoolean(PRUNE) && !config.getBoolean(ENABLED)) {
      throw new ConfigException(PRUNE, true, "needs " + ENABLED + "=true");
    }
  }

  /** Adds what {@link #check} finds to values that are good by themselves. */
  static void validate(Map<String, ConfigValue> values) {
    ConfigValue topic = values.get(WalSourceConfig.TOPIC);
    boolean enabled = !Boolean.FALSE.equals(values.get(ENABLED).value());
    if (enabled
        && topic.value() instanceof String name
        && name.length() > AnnouncerOptions.TOPIC_MAX_LENGTH) {
      topic.addErrorMessage(
          "longer than " + AnnouncerOptions.TOPIC_MAX_LENGTH + ", with .segments behind it");
    }
    if (Boolean.TRUE.equals(values.get(PRUNE).value()) && !enabled) {
      values.get(PRUNE).addErrorMessage(PRUNE + " needs " + ENABLED + "=true");
    }
  }

  static AnnouncerOptions options(AbstractConfig config) {
    return new AnnouncerOptions(
        config.getString(WalSourceConfig.TOPIC),
        Duration.ofMillis(config.getLong(INTERVAL_MS)),
        config.getLong(RUN_MAX_BYTES),
        config.getDouble(SNAPSHOT_SIZE_RATIO),
        Duration.ofMillis(config.getLong(SNAPSHOT_INTERVAL_MS)),
        Duration.ofMillis(config.getLong(HISTORY_RETENTION_MS)),
        config.getBoolean(PRUNE),
        Duration.ofMillis(config.getLong(PRUNE_INTERVAL_MS)));
  }
}

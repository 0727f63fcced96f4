package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.connector.announcer.AnnouncerOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalSourceConfigTest {

  @Test
  void everyDefault() {
    WalSourceConfig config = new WalSourceConfig(Map.of("databases.directory", "/data"));

    assertThat(config.databasesDirectory()).isEqualTo(Path.of("/data"));
    assertThat(config.databasesGlob()).isEqualTo("**.{db,sqlite,sqlite3}");
    assertThat(config.databasesExcludeGlob()).isEmpty();
    assertThat(config.scanInterval()).isEqualTo(Duration.ofMillis(500));
    assertThat(config.stateDirectory()).isEqualTo(Path.of("/data/.walcast"));
    assertThat(config.pollInterval()).isEqualTo(Duration.ofMillis(5));
    assertThat(config.walHold()).isEqualTo("auto");
    assertThat(config.segmentMaxFrames()).isEqualTo(20_000);
    assertThat(config.topic()).isEqualTo("walcast");
    assertThat(config.pollMaxFrames()).isEqualTo(2_000);
    assertThat(config.pollMaxBytes()).isEqualTo(4 << 20);
    assertThat(config.stateMaxBytes()).isEqualTo(1 << 30);
    assertThat(config.snapshotPartBytes()).isEqualTo(64 << 20);
    assertThat(config.deletionPolicy()).isEqualTo(DeletionPolicy.STOP);
    assertThat(config.databaseDeletedAfter()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.getBoolean("announce.enabled")).isTrue();
    assertThat(AnnouncementConfig.options(config))
        .isEqualTo(
            new AnnouncerOptions(
                "walcast",
                Duration.ofSeconds(1),
                4 << 20,
                1.0,
                Duration.ZERO,
                Duration.ofDays(1),
                false,
                Duration.ofMinutes(1)));
  }

  @Test
  void everyKeyIsMapped() {
    Map<String, String> properties = new HashMap<>();
    properties.put("databases.directory", "/data/./live/../live");
    properties.put("databases.glob", "*.x");
    properties.put("databases.exclude.glob", "tmp*");
    properties.put("scan.interval.ms", "1000");
    properties.put("database.deleted", "publish");
    properties.put("database.deleted.after.ms", "1500");
    properties.put("state.directory", "/state/./a");
    properties.put("poll.interval.ms", "7");
    properties.put("wal.hold", "always");
    properties.put("segment.max.frames", "9");
    properties.put("state.max.bytes", "5000000000");
    properties.put("snapshot.part.bytes", "2000000");
    properties.put("rest.after.ms", "8000");
    properties.put("journal.mode.switch", "true");
    properties.put("topic", "frames");
    properties.put("poll.max.frames", "11");
    properties.put("poll.max.bytes", "13");
    properties.put("announce.enabled", "true");
    properties.put("announce.interval.ms", "17");
    properties.put("announce.run.max.bytes", "100000");
    properties.put("snapshot.size.ratio", "2.5");
    properties.put("snapshot.interval.ms", "19");
    properties.put("history.retention.ms", "23");
    properties.put("prune", "true");
    properties.put("prune.interval.ms", "2900");
    properties.put("kafka.bootstrap.servers", "host:1");
    properties.put("worker.properties", "/worker");
    assertThat(properties.keySet()).isEqualTo(WalSourceConfig.DEFINITION.names());

    WalSourceConfig config = new WalSourceConfig(properties);

    assertThat(config.databasesDirectory()).isEqualTo(Path.of("/data/live"));
    assertThat(config.databasesGlob()).isEqualTo("*.x");
    assertThat(config.databasesExcludeGlob()).isEqualTo("tmp*");
    assertThat(config.scanInterval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.deletionPolicy()).isEqualTo(DeletionPolicy.PUBLISH);
    assertThat(config.databaseDeletedAfter()).isEqualTo(Duration.ofMillis(1500));
    assertThat(config.stateDirectory()).isEqualTo(Path.of("/state/a"));
    assertThat(config.pollInterval()).isEqualTo(Duration.ofMillis(7));
    assertThat(config.walHold()).isEqualTo("always");
    assertThat(config.segmentMaxFrames()).isEqualTo(9);
    assertThat(config.stateMaxBytes()).isEqualTo(5_000_000_000L);
    assertThat(config.snapshotPartBytes()).isEqualTo(2_000_000);
    assertThat(config.restAfter()).isEqualTo(Duration.ofSeconds(8));
    assertThat(config.journalModeSwitch()).isTrue();
    assertThat(config.topic()).isEqualTo("frames");
    assertThat(config.pollMaxFrames()).isEqualTo(11);
    assertThat(config.pollMaxBytes()).isEqualTo(13);
    assertThat(AnnouncementConfig.options(config))
        .isEqualTo(
            new AnnouncerOptions(
                "frames",
                Duration.ofMillis(17),
                100_000,
                2.5,
                Duration.ofMillis(19),
                Duration.ofMillis(23),
                true,
                Duration.ofMillis(2_900)));
  }

  @Test
  void everyKeyIsDocumentedAndGrouped() {
    for (ConfigDef.ConfigKey key : WalSourceConfig.DEFINITION.configKeys().values()) {
      assertThat(key.documentation).as(key.name).endsWith(".").hasSizeGreaterThan(40);
      assertThat(key.group).as(key.name).isNotBlank();
      assertThat(key.displayName).as(key.name).isNotEqualTo(key.name);
    }
  }

  @Test
  void theDirectoryIsRequired() {
    assertThatThrownBy(() -> new WalSourceConfig(Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("databases.directory");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "databases.directory | ''         | is empty",
        "databases.glob      | '**.{db'   | is not a glob",
        "databases.exclude.glob | '[a'    | is not a glob",
        "scan.interval.ms    | 9          | at least 10",
        "scan.interval.ms    | soon       | Not a number",
        "state.directory     | ' '        | is empty",
        "poll.interval.ms    | 0          | at least 1",
        "wal.hold            | sometimes  | auto",
        "wal.hold            | ALWAYS     | always",
        "segment.max.frames  | 0          | at least 1",
        "state.max.bytes     | 1048575    | at least 1048576",
        "snapshot.part.bytes | 1000000    | at least 1048576",
        "topic               | ''         | is not a topic name",
        "topic               | 'a b'      | is not a topic name",
        "topic               | ..         | is not a topic name",
        "poll.max.frames     | 0          | at least 1",
        "poll.max.bytes      | 0          | at least 1",
        "kafka.request.timeout.ms | soon  | Not a number",
        "kafka.consumer.fetch.max.bytes | -1 | at least 0",
        "kafka.admin.security.protocol | NONE | must be one of",
        "announce.enabled    | maybe      | Expected value to be either true or false",
        "announce.interval.ms | 9         | at least 10",
        "announce.run.max.bytes | 65535   | at least 65536",
        "snapshot.size.ratio | -0.1       | at least 0",
        "snapshot.interval.ms | -1        | at least 0",
        "history.retention.ms | -2        | at least -1",
        "prune.interval.ms   | 99         | at least 100",
        "worker.properties   | ''         | is empty",
      })
  void aBadValueIsRefusedByName(String key, String value, String message) {
    Map<String, String> properties = new HashMap<>(Map.of("databases.directory", "/data"));
    properties.put(key, value);

    assertThatThrownBy(() -> new WalSourceConfig(properties))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(message);
  }

  @Test
  void whatContradictsIsRefused() {
    Map<String, String> properties = new HashMap<>(Map.of("databases.directory", "/data"));
    properties.put("announce.enabled", "false");
    properties.put("topic", "t".repeat(249));
    new WalSourceConfig(properties);

    properties.put("prune", "true");
    assertThatThrownBy(() -> new WalSourceConfig(properties))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("prune");
    properties.put("announce.enabled", "true");
    assertThatThrownBy(() -> new WalSourceConfig(properties))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("topic")
        .hasMessageContaining("240");
  }

  @Test
  void aPathWithANulIsRefused() {
    assertThatThrownBy(() -> new WalSourceConfig(Map.of("databases.directory", "a\0b")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is not a path");
  }
}

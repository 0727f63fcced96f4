package io.walcast.connector.source;

import io.walcast.connector.client.ClientKeys;
import io.walcast.connector.config.DirectoryPath;
import io.walcast.connector.config.GlobPattern;
import io.walcast.connector.config.TopicName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;

/** The settings of the source connector, checked. */
public final class WalSourceConfig extends AbstractConfig {

  static final String DATABASES_DIRECTORY = "databases.directory";
  static final String DATABASES_GLOB = "databases.glob";
  static final String DATABASES_EXCLUDE_GLOB = "databases.exclude.glob";
  static final String SCAN_INTERVAL_MS = "scan.interval.ms";
  static final String DATABASE_DELETED = "database.deleted";
  static final String DATABASE_DELETED_AFTER_MS = "database.deleted.after.ms";
  static final String TOPIC = "topic";
  static final String STATE_DIRECTORY = "state.directory";
  static final String POLL_INTERVAL_MS = "poll.interval.ms";
  static final String JOURNAL_MODE_SWITCH = "journal.mode.switch";
  static final String REST_AFTER_MS = "rest.after.ms";
  static final String WAL_HOLD = "wal.hold";
  static final String SEGMENT_MAX_FRAMES = "segment.max.frames";
  static final String STATE_MAX_BYTES = "state.max.bytes";
  static final String SNAPSHOT_PART_BYTES = "snapshot.part.bytes";
  static final String POLL_MAX_FRAMES = "poll.max.frames";
  static final String POLL_MAX_BYTES = "poll.max.bytes";

  private static final String DEFAULT_STATE_DIRECTORY = ".walcast";
  private static final String[] DELETION_POLICIES = {"stop", "publish"};
  private static final String[] WAL_HOLDS = {"auto", "always", "never"};

  /** Definition of every key. */
  public static final ConfigDef DEFINITION = definition();

  /**
   * Parses and checks.
   *
   * @throws org.apache.kafka.common.config.ConfigException naming the first key that is wrong
   */
  public WalSourceConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
    ClientKeys.check(properties);
    AnnouncementConfig.check(this);
  }

  private static ConfigDef definition() {
    ConfigDef definition = new ConfigDef();
    defineDatabases(definition);
    defineCapture(definition);
    definePublishing(definition);
    AnnouncementConfig.addTo(definition);
    return ClientKeys.addTo(definition);
  }

  private static void defineDatabases(ConfigDef definition) {
    String group = "Databases";
    definition
        .define(
            DATABASES_DIRECTORY,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new DirectoryPath(),
            Importance.HIGH,
            "Directory below which databases are found, at any depth. The path of a database"
                + " below it, without the extension, is its namespace and so the key of its"
                + " records. Parts that start with a dot and symbolic links are left out.",
            group,
            1,
            Width.LONG,
            "Databases directory")
        .define(
            DATABASES_GLOB,
            Type.STRING,
            "**.{db,sqlite,sqlite3}",
            new GlobPattern(),
            Importance.MEDIUM,
            "Which files below databases.directory are databases: a glob on the relative path,"
                + " in which two stars also match across directories. Files that end in -wal, -shm"
                + " or -journal never are.",
            group,
            2,
            Width.MEDIUM,
            "Databases glob")
        .define(
            DATABASES_EXCLUDE_GLOB,
            Type.STRING,
            "",
            new GlobPattern(),
            Importance.LOW,
            "Which of these are left out; nothing if empty.",
            group,
            3,
            Width.MEDIUM,
            "Databases to exclude")
        .define(
            SCAN_INTERVAL_MS,
            Type.LONG,
            500L,
            Range.between(10L, 3_600_000L),
            Importance.LOW,
            "How often, in milliseconds, the directory is looked through for new databases. Looking"
                + " takes at most a twentieth of the time, so a large tree is looked through less"
                + " often.",
            group,
            4,
            Width.SHORT,
            "Scan interval");
    defineDeletion(definition, group);
  }

  private static void defineDeletion(ConfigDef definition, String group) {
    definition
        .define(
            DATABASE_DELETED,
            Type.STRING,
            "stop",
            ValidString.in(DELETION_POLICIES),
            Importance.MEDIUM,
            "What is done when the file of a captured database is gone. stop: its capture stops, and"
                + " replicas keep what they have. publish: once Kafka has all that was captured, a"
                + " record without a value tells that it was deleted, so that sinks with"
                + " delete.enabled delete the replica, and all that was kept of it is forgotten."
                + " Either way a database that comes to the path later is captured.",
            group,
            5,
            Width.SHORT,
            "Deleted databases")
        .define(
            DATABASE_DELETED_AFTER_MS,
            Type.LONG,
            10_000L,
            Range.between(0L, 86_400_000L),
            Importance.LOW,
            "How long, in milliseconds, the file has to be gone, in a directory that is the same all"
                + " the time, before it counts as deleted.",
            group,
            6,
            Width.SHORT,
            "Deleted after");
  }

  private static void defineCapture(ConfigDef definition) {
    String group = "Capture";
    definition
        .define(
            STATE_DIRECTORY,
            Type.STRING,
            null,
            new DirectoryPath(),
            Importance.HIGH,
            "Directory, on this machine, for the segments that Kafka does not have yet and for how"
                + " far each database is captured. Losing it costs a snapshot of every database."
                + " If not set, .walcast below databases.directory.",
            group,
            1,
            Width.LONG,
            "State directory")
        .define(
            POLL_INTERVAL_MS,
            Type.LONG,
            5L,
            Range.between(1L, 60_000L),
            Importance.LOW,
            "How long, in milliseconds, capture rests when no database had anything new.",
            group,
            2,
            Width.SHORT,
            "Poll interval")
        .define(
            WAL_HOLD,
            Type.STRING,
            "auto",
            ValidString.in(WAL_HOLDS),
            Importance.LOW,
            "Whether a shared lock on the database file keeps its WAL alive when the last"
                + " application closes it. auto: only while a program opens, writes and closes so"
                + " often that each time would cost a resync. While it is held, the application"
                + " cannot change journal_mode, and a copy of the database file alone may miss"
                + " commits.",
            group,
            3,
            Width.SHORT,
            "Hold the WAL")
        .define(
            SEGMENT_MAX_FRAMES,
            Type.INT,
            20_000,
            Range.between(1, 10_000_000),
            Importance.LOW,
            "A segment is sealed as soon as none of the same database is on its way to Kafka, or"
                + " when it holds this many frames and its transaction ends.",
            group,
            4,
            Width.SHORT,
            "Segment size limit")
        .define(
            STATE_MAX_BYTES,
            Type.LONG,
            1024L * 1024 * 1024,
            Range.atLeast(1024 * 1024),
            Importance.MEDIUM,
            "Most bytes of one database's segments that wait in state.directory behind the one that is"
                + " on its way to Kafka. Beyond it they are dropped and capture of that database"
                + " rests; when Kafka takes records again, the database is compared and what"
                + " differs is published.",
            group,
            5,
            Width.SHORT,
            "State size limit")
        .define(
            SNAPSHOT_PART_BYTES,
            Type.LONG,
            64L * 1024 * 1024,
            Range.between(1024 * 1024, 1024 * 1024 * 1024),
            Importance.LOW,
            "A snapshot of a larger database is taken and sent in parts of this size, of which two"
                + " at a time wait in state.directory, so that neither disk nor memory take a copy"
                + " of it. At most state.max.bytes.",
            group,
            8,
            Width.SHORT,
            "Snapshot part size")
        .define(
            REST_AFTER_MS,
            Type.LONG,
            10_000L,
            Range.between(0L, 86_400_000L),
            Importance.LOW,
            "Time, in milliseconds, without a commit after which a database rests, once Kafka has"
                + " all of it: its log is closed, and it keeps one to three descriptors. The next"
                + " commit ends the rest; it is seen as fast as ever, and takes a few"
                + " milliseconds more.",
            group,
            6,
            Width.SHORT,
            "Rest after")
        .define(
            JOURNAL_MODE_SWITCH,
            Type.BOOLEAN,
            false,
            Importance.LOW,
            "Whether a database with a rollback journal is put into WAL mode, once nobody uses it"
                + " just then. If not, it is refused until its application does so.",
            group,
            7,
            Width.SHORT,
            "Switch to WAL mode");
  }

  private static void definePublishing(ConfigDef definition) {
    String group = "Publishing";
    definition
        .define(
            TOPIC,
            Type.STRING,
            "walcast",
            new TopicName(),
            Importance.HIGH,
            "Topic that the frames of all databases go to. The namespace is the key and decides"
                + " the partition. Keep its records for ever, or as long as the newest snapshot of"
                + " each database is needed.",
            group,
            1,
            Width.MEDIUM,
            "Topic")
        .define(
            POLL_MAX_FRAMES,
            Type.INT,
            2_000,
            Range.between(1, 1_000_000),
            Importance.LOW,
            "Most frames that are handed to Kafka Connect at a time.",
            group,
            2,
            Width.SHORT,
            "Frames per poll")
        .define(
            POLL_MAX_BYTES,
            Type.INT,
            4 * 1024 * 1024,
            Range.between(1, 1 << 30),
            Importance.LOW,
            "Most bytes that are handed to Kafka Connect at a time; at least one frame is.",
            group,
            3,
            Width.SHORT,
            "Bytes per poll");
  }

  Path databasesDirectory() {
    return Path.of(getString(DATABASES_DIRECTORY)).toAbsolutePath().normalize();
  }

  String databasesGlob() {
    return getString(DATABASES_GLOB);
  }

  String databasesExcludeGlob() {
    return getString(DATABASES_EXCLUDE_GLOB);
  }

  Duration scanInterval() {
    return Duration.ofMillis(getLong(SCAN_INTERVAL_MS));
  }

  DeletionPolicy deletionPolicy() {
    return DeletionPolicy.of(getString(DATABASE_DELETED));
  }

  Duration databaseDeletedAfter() {
    return Duration.ofMillis(getLong(DATABASE_DELETED_AFTER_MS));
  }

  String topic() {
    return getString(TOPIC);
  }

  Path stateDirectory() {
    return stateDirectory(databasesDirectory(), getString(STATE_DIRECTORY));
  }

  /** What {@link #STATE_DIRECTORY} stands for; {@code null} if it is not set. */
  static Path stateDirectory(Path databasesDirectory, String value) {
    return value == null
        ? databasesDirectory.resolve(DEFAULT_STATE_DIRECTORY)
        : Path.of(value).toAbsolutePath().normalize();
  }

  Duration pollInterval() {
    return Duration.ofMillis(getLong(POLL_INTERVAL_MS));
  }

  String walHold() {
    return getString(WAL_HOLD);
  }

  boolean journalModeSwitch() {
    return getBoolean(JOURNAL_MODE_SWITCH);
  }

  Duration restAfter() {
    return Duration.ofMillis(getLong(REST_AFTER_MS));
  }

  int segmentMaxFrames() {
    return getInt(SEGMENT_MAX_FRAMES);
  }

  long stateMaxBytes() {
    return getLong(STATE_MAX_BYTES);
  }

  long snapshotPartBytes() {
    return getLong(SNAPSHOT_PART_BYTES);
  }

  int pollMaxFrames() {
    return getInt(POLL_MAX_FRAMES);
  }

  int pollMaxBytes() {
    return getInt(POLL_MAX_BYTES);
  }
}

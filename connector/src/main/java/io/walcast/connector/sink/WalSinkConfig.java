package io.walcast.connector.sink;

import io.walcast.connector.client.ClientKeys;
import io.walcast.connector.config.DirectoryPath;
import io.walcast.sqlite.ReplicaJournal;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** The settings of the sink. {@code topics} and the rest of a sink connector are Connect's. */
public final class WalSinkConfig extends AbstractConfig {

  /** Where the replicas are. */
  public static final String REPLICAS_DIRECTORY = "replicas.directory";

  /** Where positions and segments on their way are. */
  public static final String STATE_DIRECTORY = "state.directory";

  /** Whether a null value deletes a replica. */
  public static final String DELETE_ENABLED = "delete.enabled";

  /** Whether replicas refuse to be written. */
  public static final String REPLICAS_PROTECT = "replicas.protect";

  /** Which of SQLite's journals replicas are written with. */
  public static final String REPLICAS_JOURNAL = "replicas.journal";

  /** How much may wait to be folded. */
  public static final String BUFFER_MAX_BYTES = "buffer.max.bytes";

  /** How much of what waits is kept in memory. */
  public static final String BUFFER_MEMORY_BYTES = "buffer.memory.bytes";

  /** Threads that fold. */
  public static final String CHECKPOINT_THREADS = "checkpoint.threads";

  /** When a replica's own WAL is checkpointed. */
  public static final String WAL_CHECKPOINT_FRAMES = "wal.checkpoint.frames";

  /** When applying waits for a replica's readers. */
  public static final String WAL_LIMIT_FRAMES = "wal.limit.frames";

  /** Up to which stretch of a partition replaying it is preferred to a sync. */
  public static final String SYNC_MIN_BYTES = "sync.min.bytes";

  /** Replicas of a task that are synced at a time. */
  public static final String SYNC_THREADS = "sync.threads";

  /** What announcements may take in memory. */
  public static final String SYNC_INDEX_BYTES = "sync.index.max.bytes";

  /** Whether syncs are done. */
  public static final String SYNC_ENABLED = "sync.enabled";

  /** Number of the task, set by {@link WalSinkConnector#taskConfigs}. */
  static final String TASK = "walcast.task";

  private static final String PLACES = "Places";
  private static final String APPLYING = "Applying";
  private static final String SYNCING = "Syncing";

  /** Every key with its documentation. */
  public static final ConfigDef DEFINITION =
      ClientKeys.addTo(addSyncing(new ConfigDef()))
          .define(
              REPLICAS_DIRECTORY,
              Type.STRING,
              ConfigDef.NO_DEFAULT_VALUE,
              new DirectoryPath(),
              Importance.HIGH,
              "Directory for the replicas: namespace a/b becomes a/b.db below it. Created if its"
                  + " parent exists. At most one sink task in the world may write to a replica;"
                  + " any number of SQLite clients in other processes may read it.",
              PLACES,
              1,
              Width.LONG,
              "Replicas directory")
          .define(
              STATE_DIRECTORY,
              Type.STRING,
              null,
              new DirectoryPath(),
              Importance.MEDIUM,
              "Directory for the positions of the replicas and for segments on their way into"
                  + " them, on a disk of the same durability. By default .walcast below"
                  + " replicas.directory. Two connectors must not share it.",
              PLACES,
              2,
              Width.LONG,
              "State directory")
          .define(
              DELETE_ENABLED,
              Type.BOOLEAN,
              false,
              Importance.MEDIUM,
              "Whether a record with a null value deletes the replica of its namespace, file and"
                  + " all. If not, it is logged and the replica is kept.",
              PLACES,
              3,
              Width.SHORT,
              "Delete replicas")
          .define(
              REPLICAS_PROTECT,
              Type.BOOLEAN,
              true,
              Importance.LOW,
              "Whether nobody has the permission to write to the database files of replicas, so"
                  + " that SQLite opens them for reading only and an application that writes by"
                  + " mistake gets an error. Root is not held back by permissions.",
              PLACES,
              4,
              Width.SHORT,
              "Protect replicas")
          .define(
              REPLICAS_JOURNAL,
              Type.STRING,
              "wal",
              ConfigDef.CaseInsensitiveValidString.in("wal", "rollback"),
              Importance.LOW,
              "Which of SQLite's journals replicas are written with. With 'wal' readers never wait,"
                  + " and have to be able to write to the directory, as SQLite wants it. With"
                  + " 'rollback' a reader needs to read the file only, and waits while a"
                  + " transaction is written; a reader that stays in a transaction keeps the replica"
                  + " from going on. A replica of the other kind is kept as it is until a snapshot"
                  + " replaces it.",
              PLACES,
              5,
              Width.SHORT,
              "Journal of replicas")
          .define(
              BUFFER_MAX_BYTES,
              Type.LONG,
              96L << 20,
              Range.atLeast(1),
              Importance.MEDIUM,
              "Bytes of pages, over all namespaces of a task, that may wait in whole segments to be"
                  + " folded into replicas, each page in its newest version. Above it the task"
                  + " pauses its partitions until half of it is free. A segment that is not whole"
                  + " yet is not counted, so one segment may be larger.",
              APPLYING,
              1,
              Width.MEDIUM,
              "Buffer bytes")
          .define(
              BUFFER_MEMORY_BYTES,
              Type.LONG,
              128L << 20,
              Range.atLeast(0),
              Importance.LOW,
              "Bytes, over all namespaces of a task, of pages that are kept in memory until they"
                  + " are folded, their segments whole or not. A page that does not fit goes to a"
                  + " file in state.directory, and so is written once more.",
              APPLYING,
              2,
              Width.MEDIUM,
              "Buffer memory")
          .define(
              CHECKPOINT_THREADS,
              Type.INT,
              2,
              Range.between(1, 64),
              Importance.LOW,
              "Threads of a task that fold segments into replicas; one replica takes one at a time.",
              APPLYING,
              3,
              Width.SHORT,
              "Checkpoint threads")
          .define(
              WAL_CHECKPOINT_FRAMES,
              Type.INT,
              4_000,
              Range.atLeast(1),
              Importance.LOW,
              "Frames in a replica's own SQLite WAL from which on it is checkpointed into the"
                  + " database file. The WAL file of a replica stays about that long.",
              APPLYING,
              4,
              Width.SHORT,
              "WAL checkpoint frames")
          .define(
              WAL_LIMIT_FRAMES,
              Type.INT,
              100_000,
              Range.atLeast(1),
              Importance.LOW,
              "Frames in a replica's own SQLite WAL from which on applying waits for readers whose"
                  + " long transactions keep it from being reset. Until then it grows, so that"
                  + " neither waits for the other.",
              APPLYING,
              5,
              Width.SHORT,
              "WAL limit frames")
          .defineInternal(TASK, Type.INT, 0, Importance.LOW);

  private static ConfigDef addSyncing(ConfigDef definition) {
    return definition
        .define(
            SYNC_ENABLED,
            Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether a replica that lacks much is brought up to date by reading the newest version"
                + " of each page it lacks, as <topic>.segments announces them, and not all records"
                + " in between. If not, or where nothing is announced, it replays the topic.",
            SYNCING,
            1,
            Width.SHORT,
            "Sync")
        .define(
            SYNC_MIN_BYTES,
            Type.LONG,
            8L << 20,
            Range.atLeast(0),
            Importance.LOW,
            "Bytes of the stretch of the partition between what a replica has and the newest that is"
                + " announced of it, up to which the stretch is rather replayed than synced.",
            SYNCING,
            2,
            Width.MEDIUM,
            "Least bytes to sync")
        .define(
            SYNC_THREADS,
            Type.INT,
            2,
            Range.between(1, 64),
            Importance.LOW,
            "Replicas of a task that are synced at a time, each with a consumer of its own.",
            SYNCING,
            3,
            Width.SHORT,
            "Sync threads")
        .define(
            SYNC_INDEX_BYTES,
            Type.LONG,
            64L << 20,
            Range.atLeast(0),
            Importance.LOW,
            "Memory that the announcements of a topic may take in a task. Namespaces whose"
                + " announcements do not fit are replayed.",
            SYNCING,
            4,
            Width.MEDIUM,
            "Announcement memory");
  }

  /**
   * Reads the settings.
   *
   * @throws ConfigException naming the key that is wrong
   */
  public WalSinkConfig(Map<String, String> properties) {
    super(DEFINITION, properties);
    ClientKeys.check(properties);
    if (walLimitFrames() < walCheckpointFrames()) {
      throw new ConfigException(
          WAL_LIMIT_FRAMES,
          walLimitFrames(),
          "is below " + WAL_CHECKPOINT_FRAMES + ", which is " + walCheckpointFrames());
    }
  }

  /** The directory of the replicas. */
  public Path replicasDirectory() {
    return Path.of(getString(REPLICAS_DIRECTORY));
  }

  /** The directory of the state. */
  public Path stateDirectory() {
    String configured = getString(STATE_DIRECTORY);
    return configured == null ? replicasDirectory().resolve(".walcast") : Path.of(configured);
  }

  /** Whether null values delete. */
  public boolean deleteEnabled() {
    return getBoolean(DELETE_ENABLED);
  }

  /** Whether replicas refuse to be written. */
  public boolean replicasProtect() {
    return getBoolean(REPLICAS_PROTECT);
  }

  /** Which of SQLite's journals replicas are written with. */
  public ReplicaJournal replicasJournal() {
    return ReplicaJournal.valueOf(getString(REPLICAS_JOURNAL).toUpperCase(Locale.ROOT));
  }

  /** Whether Connect is to go on after records that are wrong. */
  boolean toleratesErrors() {
    return "all".equals(originals().get("errors.tolerance"));
  }

  /** Bytes that may wait to be folded. */
  public long bufferMaxBytes() {
    return getLong(BUFFER_MAX_BYTES);
  }

  /** Bytes of segments that are kept in memory. */
  public long bufferMemoryBytes() {
    return getLong(BUFFER_MEMORY_BYTES);
  }

  /** Threads that fold. */
  public int checkpointThreads() {
    return getInt(CHECKPOINT_THREADS);
  }

  /** Frames of a replica's WAL before it is checkpointed. */
  public int walCheckpointFrames() {
    return getInt(WAL_CHECKPOINT_FRAMES);
  }

  /** Frames of a replica's WAL before applying waits for readers. */
  public int walLimitFrames() {
    return getInt(WAL_LIMIT_FRAMES);
  }

  /** Whether syncs are done. */
  public boolean syncEnabled() {
    return getBoolean(SYNC_ENABLED);
  }

  /** The stretch of a partition up to which it is rather replayed. */
  public long syncMinBytes() {
    return getLong(SYNC_MIN_BYTES);
  }

  /** Replicas that are synced at a time. */
  public int syncThreads() {
    return getInt(SYNC_THREADS);
  }

  /** What announcements may take in memory. */
  public long syncIndexBytes() {
    return getLong(SYNC_INDEX_BYTES);
  }

  /** The connector's name, as the worker knows it. */
  String connectorName() {
    Object name = originals().get("name");
    return name == null ? "walcast-sink" : name.toString();
  }

  /** Number of this task. */
  int task() {
    return getInt(TASK);
  }
}

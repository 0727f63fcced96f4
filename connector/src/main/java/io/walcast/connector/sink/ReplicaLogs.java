package io.walcast.connector.sink;

import io.walcast.io.Io;
import io.walcast.io.MemoryBudget;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.ReplicaJournal;
import java.time.Duration;

/**
 * Makes the logs of a task's replicas, and folds them in the background. Used by the task's thread
 * only.
 */
final class ReplicaLogs implements AutoCloseable {

  private static final Duration LIMIT_WAIT = Duration.ofSeconds(1);

  /** Short: whoever waits here keeps a thread from the other replicas. */
  private static final Duration LOCK_WAIT = Duration.ofSeconds(2);

  private final Io io;
  private final ReplicaDirectory directory;
  private final LiveOptions liveOptions;
  private final ReplicaJournal journal;
  private final boolean protect;
  private final FoldRunner folds;
  private final OpenLogs logs;

  ReplicaLogs(Io io, FoldRunner folds, ReplicaDirectory directory, WalSinkConfig config) {
    this.io = io;
    this.directory = directory;
    this.journal = config.replicasJournal();
    this.protect = config.replicasProtect();
    this.liveOptions =
        new LiveOptions(
            config.walCheckpointFrames(), config.walLimitFrames(), LIMIT_WAIT, LOCK_WAIT);
    this.folds = folds;
    this.logs = new OpenLogs(io, new MemoryBudget(config.bufferMemoryBytes()), folds);
    folds.start(logs::get);
  }

  /** The log of a namespace, not open yet. */
  ReplicaLog of(Namespace namespace, FoldProgress progress) {
    return new ReplicaLog(
        namespace,
        logs,
        new ReplicaFiles(io, directory, namespace, liveOptions, journal, protect),
        progress);
  }

  /** Lets running folds end; the logs must be closed. */
  @Override
  public void close() {
    folds.shutdown();
  }
}

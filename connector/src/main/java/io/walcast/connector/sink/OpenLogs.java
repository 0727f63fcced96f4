package io.walcast.connector.sink;

import io.walcast.checkpoint.LiveLog;
import io.walcast.checkpoint.LiveTarget;
import io.walcast.checkpoint.StagedPages;
import io.walcast.io.Io;
import io.walcast.io.MemoryBudget;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.Checkpointable;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The logs of a task that are open, as those who fold them find them. Thread-safe. */
final class OpenLogs {

  private final Io io;
  private final MemoryBudget memory;
  private final CheckpointNotifier folds;
  private final Map<Namespace, LiveLog> open = new ConcurrentHashMap<>();

  /**
   * None is open yet.
   *
   * @param memory for what waits in all of them
   * @param folds told which have something to fold
   */
  OpenLogs(Io io, MemoryBudget memory, CheckpointNotifier folds) {
    this.io = io;
    this.memory = memory;
    this.folds = folds;
  }

  /** Opens one, which closes the database when it is closed. */
  LiveLog open(
      Namespace namespace,
      LiveTarget database,
      LogPosition start,
      StagedPages parts,
      Path spill,
      CheckpointListener listener) {
    LiveLog log =
        new LiveLog(
            database,
            start,
            parts,
            io,
            spill,
            memory,
            listener,
            () -> folds.checkpointDue(namespace));
    open.put(namespace, log);
    return log;
  }

  /** The log of a namespace, if it is open. */
  Optional<? extends Checkpointable> get(Namespace namespace) {
    return Optional.ofNullable(open.get(namespace));
  }

  /** Closes one, once a fold of it that is running has ended. */
  void close(Namespace namespace, LiveLog log) throws IOException {
    open.remove(namespace);
    log.close();
  }
}

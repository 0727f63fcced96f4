package io.walcast.connector.sink;

import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.Checkpointable;
import io.walcast.segment.Namespace;
import java.util.Optional;
import java.util.function.Function;

/** Folds what it is told of into replicas, beside the task's thread. Thread-safe. */
interface FoldRunner extends CheckpointNotifier {

  /**
   * Begins to fold, once.
   *
   * @param logs finds the log of a namespace, if it is open
   */
  void start(Function<Namespace, Optional<? extends Checkpointable>> logs);
}

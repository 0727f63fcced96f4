package io.walcast.connector.sink;

import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.WalRegistry;

/** Folds what it is told of into replicas, beside the task's thread. Thread-safe. */
interface FoldRunner extends CheckpointNotifier {

  /** Begins to fold, once. */
  void start(WalRegistry registry);
}

package io.walcast.connector.sink;

import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.Io;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.LiveOptions;
import io.walcast.storage.NoStorage;

/** Makes the logs of a task's replicas, and folds them in the background. Thread-safe. */
final class ReplicaLogs implements AutoCloseable {

  private final Io io;
  private final ReplicaDirectory directory;
  private final LiveOptions options;
  private final Checkpointer checkpointer;
  private final WalRegistry registry;
}

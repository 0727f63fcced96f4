package io.walcast.registry;

import io.walcast.segment.Namespace;

/** Told which namespaces may have something to checkpoint. Thread-safe; never blocks. */
public interface CheckpointNotifier {

  /** The namespace may have durable segments that no reader pins. */
  void checkpointDue(Namespace namespace);

  /** Finishes the checkpoints being run and starts no more; the registry runs the last ones. */
  void shutdown();
}

package io.walcast.registry;

import java.io.IOException;

/** What a checkpointer works on: the open log of one namespace. Thread-safe. */
public interface Checkpointable {

  /**
   * Folds what can be folded now into the database behind the log.
   *
   * @return whether there is more to do now
   * @throws IOException if the fold failed; nothing has changed then
   */
  boolean checkpoint() throws IOException;

  /** Tells who listens to the log of a checkpoint that failed. */
  void checkpointFailed(IOException cause);
}

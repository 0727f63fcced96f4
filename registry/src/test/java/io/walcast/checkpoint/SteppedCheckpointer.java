package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.util.Optional;

/** A {@link Checkpointer} whose threads are whoever calls {@link #take} and {@link #run}. */
public final class SteppedCheckpointer implements CheckpointNotifier {

  private final DueCheckpoints due;

  /** Nothing is due. */
  public SteppedCheckpointer(Io io, CheckpointOptions options) {
    this.due = new DueCheckpoints(io, options);
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    due.notified(namespace);
  }

  @Override
  public void shutdown() {
    due.stop();
  }

  /** What a thread that is free would take now. */
  public Optional<Namespace> take() {
    return due.poll();
  }

  /** What that thread then does. */
  public void run(WalRegistry registry, Namespace namespace) {
    due.run(registry::get, namespace);
  }

  /** When a thread would look again, in nanoseconds; {@link Long#MAX_VALUE}: not by itself. */
  public long nanosToNext() {
    return due.nanosToNext();
  }
}

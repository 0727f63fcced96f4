package io.walcast.connector.sink;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.Io;
import io.walcast.registry.Checkpointable;
import io.walcast.segment.Namespace;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Folds in threads. */
final class FoldThreads implements FoldRunner {

  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);

  private final Checkpointer checkpointer;

  FoldThreads(Io io, int threads) {
    checkpointer = new Checkpointer(io, new CheckpointOptions(threads, FIRST_RETRY, LONGEST_RETRY));
  }

  @Override
  public void start(Function<Namespace, Optional<? extends Checkpointable>> logs) {
    checkpointer.start(logs);
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    checkpointer.checkpointDue(namespace);
  }

  @Override
  public void shutdown() {
    checkpointer.shutdown();
  }
}

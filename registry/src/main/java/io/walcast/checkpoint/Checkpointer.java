package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.Checkpointable;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints the namespaces that it is told of, in a fixed number of daemon threads, each
 * namespace in one at a time. A namespace that fails is tried again after a while of its own; the
 * others do not notice. Thread-safe.
 */
public final class Checkpointer implements CheckpointNotifier, Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

  private final CheckpointOptions options;
  private final DueCheckpoints due;
  private final List<Thread> threads = new ArrayList<>(); // guarded by itself
  private boolean stopping; // guarded by threads

  /** Collects notifications; checkpoints nothing before {@link #start}. */
  public Checkpointer(Io io, CheckpointOptions options) {
    this.options = options;
    this.due = new DueCheckpoints(io, options);
  }

  /** Starts the threads, once. */
  public void start(WalRegistry registry) {
    start(registry::get);
  }

  /**
   * The same, of logs that no registry has.
   *
   * @param logs finds the log of a namespace, if it is open
   */
  public void start(Function<Namespace, Optional<? extends Checkpointable>> logs) {
    synchronized (threads) {
      for (int i = threads.size(); i < options.threads() && !stopping; i++) {
        Thread thread = new Thread(() -> loop(logs), "walcast-checkpoint-" + i);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      }
    }
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    due.notified(namespace);
  }

  /** Lets running checkpoints end and starts no more. */
  @Override
  public void shutdown() {
    due.stop();
    List<Thread> running;
    synchronized (threads) {
      stopping = true;
      running = List.copyOf(threads);
    }
    for (Thread thread : running) {
      join(thread);
    }
  }

  /** The same as {@link #shutdown}. */
  @Override
  public void close() {
    shutdown();
  }

  private void loop(Function<Namespace, Optional<? extends Checkpointable>> logs) {
    for (Optional<Namespace> next = due.take(); next.isPresent(); next = due.take()) {
      try {
        due.run(logs, next.get());
      } catch (RuntimeException e) {
        LOG.error("{}: its checkpoint listener failed", next.get(), e);
      }
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    boolean joined = false;
    while (!joined) {
      try {
        thread.join();
        joined = true;
      } catch (InterruptedException e) {
        interrupted = true; // files must not be closed under a running checkpoint
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

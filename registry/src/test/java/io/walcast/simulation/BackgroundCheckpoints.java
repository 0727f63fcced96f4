package io.walcast.simulation;

import io.walcast.checkpoint.SteppedCheckpointer;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.SharedWal;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The checkpointer of one process: the real one, but for its threads, which are steps. Nobody else
 * looks for work: a lost notice is seen.
 */
final class BackgroundCheckpoints implements CheckpointNotifier {

  private static final int THREADS = 2;

  private final World world;
  private final List<Namespace> taken = new ArrayList<>(); // each by a thread that has not begun
  private int running;
  private SteppedCheckpointer checkpointer;

  BackgroundCheckpoints(World world) {
    this.world = world;
  }

  /** Another process, or another registry. */
  void restart() {
    taken.clear();
    running = 0;
    checkpointer = new SteppedCheckpointer(world.io(), world.weather.checkpoints());
  }

  List<Step> steps() {
    return List.of(
        new Step("background checkpoint", Kind.CHECKPOINT, this::isPossible, this::runAny));
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    if (!world.scheduler.isQuiet()) {
      checkpointer.checkpointDue(namespace);
    }
  }

  @Override
  public void shutdown() {
    checkpointer.shutdown();
  }

  /** A thread that is free takes what is due, and waits while somebody else checkpoints it. */
  private void take() {
    Optional<Namespace> next = Optional.empty();
    do {
      next = taken.size() + running < THREADS ? checkpointer.take() : Optional.empty();
      next.ifPresent(taken::add);
    } while (next.isPresent());
  }

  private List<Namespace> ready() {
    take();
    return taken.stream().filter(this::isFree).toList();
  }

  private boolean isFree(Namespace namespace) {
    Tenant tenant = world.tenant(namespace);
    return tenant.isFree(Tenant.Lock.CHECKPOINT) && !tenant.building;
  }

  private boolean isPossible() {
    return !ready().isEmpty();
  }

  private void runAny() throws IOException {
    run(world.dice.pick(ready()));
  }

  private void run(Namespace namespace) throws IOException {
    Tenant tenant = world.tenant(namespace);
    SharedWal wal = tenant.wal;
    taken.remove(namespace);
    running++;
    tenant.holding(
        List.of(Tenant.Lock.CHECKPOINT),
        () -> {
          try {
            checkpointer.run(world.registry(), namespace);
          } finally {
            tenant.swapsInCheckpointAreOver(wal);
          }
          if (wal != null && tenant.wal == wal && !world.io().isDead()) {
            tenant.checkpointed(tenant.foldedFrameNo());
          }
        });
    running--;
  }

  /** Everything that is due, or will be when time passes. */
  void drain() throws IOException {
    long nanos = 0;
    while (nanos != Long.MAX_VALUE) {
      world.disk.advanceNanos(nanos);
      for (List<Namespace> next = ready(); !next.isEmpty(); next = ready()) {
        run(next.get(0));
      }
      nanos = checkpointer.nanosToNext();
    }
  }
}

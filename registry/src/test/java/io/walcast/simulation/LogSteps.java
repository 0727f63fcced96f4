package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import java.io.IOException;
import java.util.List;

/** Swaps and checkpoints of one log. */
final class LogSteps {

  private final World world;
  private final Tenant tenant;

  LogSteps(World world, Tenant tenant) {
    this.world = world;
    this.tenant = tenant;
  }

  List<Step> steps() {
    return List.of(
        new Step(tenant + ": swap", Kind.SWAP, this::mayWrite, () -> swap(false)),
        new Step(tenant + ": swap if due", Kind.SWAP, this::mayWrite, () -> swap(true)),
        new Step(tenant + ": checkpoint", Kind.CHECKPOINT, this::mayCheckpoint, this::unasked),
        new Step(tenant + ": wrong news", Kind.STORAGE, tenant::isOpen, this::oldNews));
  }

  private boolean mayWrite() {
    return tenant.isOpen() && tenant.isFree(Tenant.Lock.WRITER) && !world.isStopping();
  }

  private boolean mayCheckpoint() {
    return tenant.isOpen() && tenant.isFree(Tenant.Lock.CHECKPOINT);
  }

  private void swap(boolean ifDue) throws IOException {
    SharedWal wal = tenant.wal;
    tenant.observe();
    boolean expected =
        ifDue
            ? world.weather.swapIsDue(
                wal.currentFrameCount(),
                world.clock().nanoTime() - tenant.firstCommitNanos,
                tenant.inFlight())
            : tenant.history.committed().frameNo() >= tenant.currentStart;
    tenant.holding(
        List.of(Tenant.Lock.WRITER, Tenant.Lock.SWAP),
        () -> {
          try {
            boolean swapped = ifDue ? wal.swapIfDue() : wal.swap();
            check(swapped == expected, "%s: swapped: %b, due: %b", tenant, swapped, expected);
            if (swapped && tenant.wal == wal) {
              tenant.observe();
            }
          } catch (IOException e) {
            failed(wal, e);
          }
        });
  }

  private void failed(SharedWal wal, IOException e) {
    tenant.sealUnknown = true;
    if (tenant.wal == wal) {
      world.excuse(e, tenant);
    }
  }

  private void unasked() throws IOException {
    SharedWal wal = tenant.wal;
    tenant.holding(
        List.of(Tenant.Lock.CHECKPOINT),
        () -> {
          try {
            if (wal.checkpoint()) {
              world.background.checkpointDue(tenant.namespace);
            }
          } catch (IOException e) {
            tenant.sealUnknown = true; // it may have been the swap that comes after the fold
            world.excuse(e, tenant);
            world.background.checkpointDue(tenant.namespace);
          } finally {
            tenant.swapsInCheckpointAreOver(wal);
          }
          if (tenant.wal == wal && !world.io().isDead()) {
            tenant.checkpointed(tenant.foldedFrameNo());
          }
        });
  }

  /** Something durable is said to be so once more. */
  private void oldNews() {
    tenant.wal.raiseDurable(tenant.wal.durableFrameNo() - world.dice.below(20));
  }
}

package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import java.io.IOException;

/**
 * What everything comes to once the disk behaves, everybody goes home and the storage has the time
 * it needs: all that was committed is folded, and nothing had to be asked for twice.
 */
final class Ending {

  private final World world;

  Ending(World world) {
    this.world = world;
  }

  void run() throws IOException {
    world.trace.note(() -> "the end begins");
    world.calmDown();
    world.goHome();
    openAll();
    drain();
    for (Tenant tenant : world.tenants) {
      check(
          tenant.wal.tailLength() == 0,
          "%s: %d segments are left, and nobody was told",
          tenant,
          tenant.wal.tailLength());
      tenant.wal.swap();
      tenant.sealed();
    }
    drain();
    for (Tenant tenant : world.tenants) {
      checkAllIsFolded(tenant);
    }
    world.invariants.checkAll(true);
    shutDown();
    openAll();
    world.invariants.checkAll(true);
    shutDown();
  }

  private void openAll() throws IOException {
    for (Tenant tenant : world.tenants) {
      RegistrySteps steps = new RegistrySteps(world, tenant);
      if (tenant.isOpen() && (tenant.tombstoned || tenant.mayRefuseWrites)) {
        steps.remove();
      }
      if (!tenant.isOpen()) {
        steps.open();
      }
      check(tenant.isOpen(), "%s cannot be opened", tenant);
    }
  }

  private void drain() throws IOException {
    world.storage.finish();
    world.background.drain();
  }

  private void checkAllIsFolded(Tenant tenant) {
    long committed = tenant.history.committed().frameNo();
    check(
        tenant.foldedFrameNo() == committed && tenant.wal.tailLength() == 0,
        "%s: folded up to %d of %d",
        tenant,
        tenant.foldedFrameNo(),
        committed);
  }

  private void shutDown() {
    world.registry().shutdown();
    for (Tenant tenant : world.tenants) {
      tenant.mustReach = tenant.history.committed().frameNo();
      tenant.closed();
    }
    world.startRegistry();
  }
}

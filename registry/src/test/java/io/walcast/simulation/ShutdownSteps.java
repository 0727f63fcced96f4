package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The process ends in an orderly way, and another one begins. */
final class ShutdownSteps {

  private final World world;

  ShutdownSteps(World world) {
    this.world = world;
  }

  List<Step> steps() {
    return List.of(new Step("shut down", Kind.SHUTDOWN, this::isPossible, this::shutDown));
  }

  private boolean isPossible() {
    return world.scheduler.isTop();
  }

  private void shutDown() {
    long faults = world.faults();
    Map<Tenant, Long> expected = new HashMap<>();
    Map<Tenant, Integer> readersSeen = new HashMap<>();
    for (Tenant tenant : world.tenants) {
      if (tenant.isOpen()
          && tenant.readers.isEmpty()
          && !tenant.isFollowed // its follower may have a snapshot open, too
          && tenant.isIdle()
          && !tenant.mayRefuseWrites) {
        expected.put(tenant, tenant.history.committed().frameNo());
      }
      readersSeen.put(tenant, tenant.readersSeen);
      tenant.held.addAll(EnumSet.allOf(Tenant.Lock.class));
    }
    world.stopping(true);
    world.registry().shutdown();
    world.stopping(false);
    if (world.io().isDead()) {
      world.tenants.forEach(tenant -> tenant.sealUnknown = true);
      return;
    }
    for (Tenant tenant : world.tenants) {
      boolean calm = world.faults() == faults && tenant.readersSeen == readersSeen.get(tenant);
      if (calm && expected.containsKey(tenant)) {
        checkFolded(tenant, expected.get(tenant));
      }
      if (tenant.isOpen()) {
        tenant.mustReach = tenant.history.committed().frameNo();
        tenant.sealUnknown = true;
        tenant.closed();
      } else {
        tenant.held.clear();
      }
    }
    world.startRegistry();
  }

  /** Everything was sealed, and what is durable was folded. */
  private void checkFolded(Tenant tenant, long committed) {
    tenant.observe();
    check(tenant.sealedFrameNo == committed, "%s: left unsealed by a shutdown", tenant);
    long durable = tenant.wal.durableFrameNo();
    for (Tenant.Sealed segment : tenant.tail) {
      check(
          segment.endFrameNo() > durable || segment.endFrameNo() <= tenant.foldedFrameNo(),
          "%s: %s is durable and was not folded by a shutdown",
          tenant,
          segment);
    }
  }
}

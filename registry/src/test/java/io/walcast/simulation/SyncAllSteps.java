package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SyncResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All logs are brought up to the storage; one that fails does not keep the others from it. */
final class SyncAllSteps {

  private static final Set<Tenant.Lock> LOCKS = Set.of(Tenant.Lock.WRITER, Tenant.Lock.SWAP);

  private final World world;
  private final List<SyncSteps> tenants;

  SyncAllSteps(World world, List<SyncSteps> tenants) {
    this.world = world;
    this.tenants = tenants;
  }

  List<Step> steps() {
    return List.of(new Step("sync all", Kind.SYNC, this::isPossible, this::syncAll));
  }

  private boolean isPossible() {
    return world.scheduler.isTop()
        && tenants.stream().allMatch(each -> !each.tenant().isOpen() || each.isPossible());
  }

  private void syncAll() {
    List<SyncSteps> open = new ArrayList<>();
    List<Tenant> locked = new ArrayList<>(); // others may be opened meanwhile
    for (SyncSteps each : tenants) {
      Tenant tenant = each.tenant();
      if (tenant.isOpen()) {
        tenant.held.addAll(LOCKS);
        locked.add(tenant);
        if (!tenant.tombstoned) {
          open.add(each);
          each.begin();
        }
      }
    }
    List<SyncResult> results = world.registry().syncAll(1);
    if (world.io().isDead()) {
      locked.forEach(tenant -> tenant.sealUnknown = true);
      return;
    }
    check(results.size() == open.size(), "%d synced of %d", results.size(), open.size());
    for (SyncSteps each : open) {
      results.stream()
          .filter(result -> result.namespace().equals(each.tenant().namespace))
          .forEach(result -> ended(each, result));
    }
    for (Tenant tenant : locked) {
      tenant.syncing = null;
      tenant.held.removeAll(LOCKS);
    }
  }

  private static void ended(SyncSteps tenant, SyncResult result) {
    if (result.failure().isPresent()) {
      tenant.failed(result.failure().get());
    } else {
      tenant.succeeded(result);
    }
  }
}

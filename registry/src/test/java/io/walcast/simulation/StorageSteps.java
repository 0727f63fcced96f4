package io.walcast.simulation;

import java.util.List;

/** The storage gets on with its work. */
final class StorageSteps {

  private final World world;
  private final SimulatedStorage storage;

  StorageSteps(World world) {
    this.world = world;
    this.storage = world.storage;
  }

  List<Step> steps() {
    return List.of(
        new Step("an upload ends", Kind.STORAGE, storage::hasUploads, this::upload),
        new Step("a callback comes", Kind.STORAGE, storage::hasCallbacks, this::callBack),
        new Step("time passes", Kind.CLOCK, this::mayPass, this::passTime));
  }

  /** Not inside a commit, whose exact moment the model would not know. */
  private boolean mayPass() {
    return world.tenants.stream().noneMatch(tenant -> tenant.history.isPending());
  }

  private void upload() {
    storage.upload(world.dice.oneIn(2) ? 0 : world.dice.below(storage.uploadCount()));
  }

  private void callBack() {
    int i = world.dice.oneIn(2) ? 0 : world.dice.below(storage.callbackCount());
    storage.callBack(i, world.dice.oneIn(5));
  }

  private void passTime() {
    world.disk.advanceNanos(world.dice.between(1, 20) * 1_000_000L);
  }
}

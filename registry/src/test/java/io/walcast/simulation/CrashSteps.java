package io.walcast.simulation;

import java.util.List;

/** The end of the process, at once or a little later in the middle of something. */
final class CrashSteps {

  private final World world;

  CrashSteps(World world) {
    this.world = world;
  }

  List<Step> steps() {
    return List.of(
        new Step("crash", Kind.CRASH, this::isPossible, world::crash),
        new Step("crash soon", Kind.CRASH, this::isPossible, this::soon));
  }

  private boolean isPossible() {
    return !world.isCalm();
  }

  private void soon() {
    world.io().dieAtChange(world.dice.between(1, 8));
  }
}

package io.walcast.simulation;

import java.io.IOException;
import java.util.List;

/** One seed from the first opening to the last comparison. */
final class Simulation {

  private final World world;

  Simulation(long seed, boolean traced) {
    this.world = new World(seed, traced);
  }

  /** Fails with a {@link SimulationFailure} where an invariant does not hold. */
  void run() throws IOException {
    try {
      for (int i = 0; i < world.weather.steps(); i++) {
        world.scheduler.step();
      }
      new Ending(world).run();
      world.scheduler.rethrow();
    } finally {
      world.end();
    }
  }

  List<String> trace() {
    return world.trace.lines();
  }

  long fingerprint() {
    return world.dice.fingerprint();
  }
}

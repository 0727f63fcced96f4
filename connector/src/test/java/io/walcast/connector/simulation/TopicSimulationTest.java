package io.walcast.connector.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.InvalidFrameException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sources, a topic with retention and compaction, announcements and sinks, one seed a world: the
 * sinks are the real ones, all around them is simulated.
 *
 * <ul>
 *   <li>{@code -Dwalcast.seed=N} runs one seed and prints its steps,
 *   <li>{@code -Dwalcast.seeds=N} runs so many, from {@code -Dwalcast.firstSeed=N} on.
 * </ul>
 */
class TopicSimulationTest {

  private static final int STEPS_SHOWN = 80;

  @TempDir Path directory;

  @BeforeAll
  static void logNothing() {
    Level level = System.getProperty("walcast.seed") == null ? Level.OFF : Level.INFO;
    Configurator.setLevel("io.walcast", level); // failures are what seeds are made of
  }

  @AfterAll
  static void logAgain() {
    Configurator.setLevel("io.walcast", Level.INFO);
  }

  @Test
  void everySeedKeepsEveryInvariant() throws Exception {
    Long only = Long.getLong("walcast.seed");
    long first = only != null ? only : Long.getLong("walcast.firstSeed", 0);
    long count = only != null ? 1 : Long.getLong("walcast.seeds", 2_000);
    for (long seed = first; seed < first + count; seed++) {
      try {
        run(seed, only != null);
      } catch (AssertionError | RuntimeException e) {
        throw report(seed, e);
      }
    }
  }

  private long run(long seed, boolean shown) throws InvalidFrameException {
    World world = new World(seed, directory, shown ? System.out::println : null);
    try {
      live(world);
      return world.dice.fingerprint();
    } finally {
      world.close();
    }
  }

  private static void live(World world) throws InvalidFrameException {
    int steps = 50 + world.dice.below(250);
    for (int i = 0; i < steps; i++) {
      world.step();
    }
    world.end();
  }

  @Test
  void aSeedDoesTheSameAgain() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(run(seed, false)).as("seed %d", seed).isEqualTo(run(seed, false));
    }
  }

  /** Runs the seed again, this time to tell what happened. */
  private AssertionError report(long seed, Throwable failure) throws Exception {
    List<String> steps = new ArrayList<>();
    World world = new World(seed, directory, steps::add);
    String sameAgain = "\n(and it did not fail when it was run again)";
    try {
      live(world);
    } catch (AssertionError | RuntimeException e) {
      sameAgain =
          String.valueOf(e.getMessage()).equals(failure.getMessage()) ? "" : "\n(then " + e + ")";
    } finally {
      world.close();
    }
    return new AssertionError(
        failure
            + "\nTo see it again:\n"
            + "  ./mvnw -q -B -ntp -pl testkit,registry,connector -Dtest=TopicSimulationTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dwalcast.seed="
            + seed
            + " test"
            + sameAgain
            + "\nThe last of its "
            + steps.size()
            + " steps:\n  "
            + String.join(
                "\n  ", steps.subList(Math.max(0, steps.size() - STEPS_SHOWN), steps.size())),
        failure);
  }
}

package io.walcast.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whole lives of registries, one a seed, in which everything happens in the middle of everything
 * else.
 *
 * <ul>
 *   <li>{@code -Dwalcast.seed=N} runs one seed and prints its steps,
 *   <li>{@code -Dwalcast.seeds=N} runs so many, from {@code -Dwalcast.firstSeed=N} on.
 * </ul>
 */
class SimulationTest {

  private static final int STEPS_SHOWN = 150;

  @BeforeAll
  static void logNothing() {
    Configurator.setLevel("io.walcast", Level.OFF); // failures are what most seeds are made of
  }

  @AfterAll
  static void logAgain() {
    Configurator.setLevel("io.walcast", Level.INFO);
  }

  @Test
  void everySeedKeepsEveryInvariant() {
    Long only = Long.getLong("walcast.seed");
    if (only != null) {
      Simulation simulation = new Simulation(only, true);
      AssertionError failure = failureOf(simulation);
      simulation.trace().forEach(System.out::println);
      if (failure != null) {
        throw failure;
      }
      return;
    }
    long first = Long.getLong("walcast.firstSeed", 0);
    long count = Long.getLong("walcast.seeds", 2_000);
    for (long seed = first; seed < first + count; seed++) {
      AssertionError failure = failureOf(new Simulation(seed, false));
      if (failure != null) {
        throw report(seed, failure);
      }
    }
  }

  @Test
  void aSeedDoesTheSameAgain() throws IOException {
    for (long seed : LongStream.range(0, 20).toArray()) {
      Simulation once = new Simulation(seed, false);
      Simulation again = new Simulation(seed, true);
      once.run();
      again.run();
      assertThat(again.fingerprint()).as("seed %d", seed).isEqualTo(once.fingerprint());
    }
  }

  private static AssertionError failureOf(Simulation simulation) {
    try {
      simulation.run();
      return null;
    } catch (AssertionError e) {
      return e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the seed again, this time to tell what happened. */
  private static AssertionError report(long seed, AssertionError failure) {
    Simulation traced = new Simulation(seed, true);
    AssertionError again = failureOf(traced);
    List<String> steps = traced.trace();
    List<String> shown = steps.subList(Math.max(0, steps.size() - STEPS_SHOWN), steps.size());
    String sameAgain =
        again != null && String.valueOf(again.getMessage()).equals(failure.getMessage())
            ? ""
            : "\n(and not the same when it was run again: " + again + ")";
    return new AssertionError(
        failure.getMessage()
            + "\nTo see it again:\n"
            + "  ./mvnw -q -B -ntp -pl testkit,registry -Dtest=SimulationTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dwalcast.seed="
            + seed
            + " test"
            + sameAgain
            + "\nThe last of its "
            + steps.size()
            + " steps:\n  "
            + String.join("\n  ", shown),
        failure);
  }
}

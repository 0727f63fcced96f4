package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.registry.WalRegistry;
import io.walcast.storage.NoStorage;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The state directory of a captured database, on a disk whose every change fails in turn, or is the
 * last one of the process, or of the machine. Whatever happens, the capture goes on exactly or
 * resyncs; no frame number is published twice, and every segment leads replicas to a state that the
 * database was in.
 */
class HostileStateTest {

  private static final int STEPS = 40;
  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 3);
  private static final long SEED = Long.getLong("walcast.seed", System.nanoTime());
  private static final boolean ONE = System.getProperty("walcast.seed") != null;

  private int continued;
  private int differences;
  private int published;

  @BeforeAll
  static void logNothing() {
    Configurator.setLevel("io.walcast", Level.OFF); // failures are what it is about
  }

  @AfterAll
  static void logAgain() {
    Configurator.setLevel("io.walcast", Level.INFO);
  }

  /** One run, with an n that counts up until the fault no longer comes. */
  @FunctionalInterface
  private interface Round {
    boolean run(HostileStateRun run, int n) throws IOException;
  }

  private void campaign(String what, Round round) throws IOException {
    for (int i = 0; i < (ONE ? 1 : ROUNDS); i++) {
      boolean failed = true;
      for (int n = 1; failed; n++) {
        HostileStateRun run = new HostileStateRun(SEED + i, what + " " + n);
        try {
          failed = round.run(run, n);
          run.finish();
        } catch (IOException e) {
          throw new IOException("-Dwalcast.seed=" + (SEED + i) + ", " + what + " " + n, e);
        }
        continued += run.continued();
        differences += run.differences();
        published += run.replica.published();
      }
    }
    assertThat(continued).isPositive();
    assertThat(differences).isPositive();
    assertThat(published).isPositive();
  }

  private static void steps(HostileStateRun run) throws IOException {
    for (int i = 0; i < STEPS; i++) {
      try {
        run.step();
      } catch (IOException e) {
        run.assertInjected(e);
      }
    }
  }

  private static boolean cut(HostileStateRun run, int n, boolean powerCut) throws IOException {
    run.io.cutPowerAt(n);
    steps(run);
    boolean cut = run.io.failures() > 0;
    run.die(powerCut);
    steps(run);
    return cut;
  }

  @Test
  void afterAPowerCutAtAnyChangeTheCaptureGoesOnExactlyOrResyncs() throws IOException {
    campaign("power cut at change", (run, n) -> cut(run, n, true));
  }

  @Test
  void afterAKillAtAnyChangeTheCaptureGoesOnExactlyOrResyncs() throws IOException {
    campaign("kill at change", (run, n) -> cut(run, n, false));
  }

  @Test
  void aFailureCostsNoMoreThanAResync() throws IOException {
    campaign(
        "failure of change",
        (run, n) -> {
          run.io.failFrom(n, 1 + n % 3);
          steps(run);
          boolean failed = run.io.heal();
          run.die(n % 2 == 0);
          steps(run);
          return failed;
        });
  }

  /**
   * Replicas have what is dropped, and nobody knows. The second cut takes back what the first one
   * has left half done.
   */
  @Test
  void segmentsThatWereDroppedThoughTheyWerePublishedDoNoHarm() throws IOException {
    campaign(
        "end in a drop at change",
        (run, n) -> {
          run.fillUp();
          run.io.cutPowerAt(n);
          run.drop();
          boolean cut = run.io.failures() > 0;
          run.die(n % 2 == 0);
          run.someSteps();
          run.die(true);
          steps(run);
          return cut;
        });
  }

  @Test
  void aDropThatFailedHalfwayLeavesNothingToComeBack() throws IOException {
    campaign(
        "failure in a drop of change",
        (run, n) -> {
          run.fillUp();
          run.io.failFrom(n, 1 + n % 3);
          run.drop();
          boolean failed = run.io.heal();
          run.someSteps();
          run.die(true);
          steps(run);
          return failed;
        });
  }

  @Test
  void aNewLogIsNotMistakenForTheOneBeforeIt() throws IOException {
    campaign(
        "power cut after a new page size at change",
        (run, n) -> {
          run.fillUp();
          run.io.cutPowerAt(n);
          run.changePageSize();
          boolean cut = run.io.failures() > 0;
          run.die(true);
          steps(run);
          return cut;
        });
  }

  /**
   * Nothing but the position tells then which epochs were used; the clock may have been set back.
   */
  @Test
  void afterAPowerCutTheEpochsOfADeletedLogAreKnown() throws IOException {
    int ended = 2_000_000_000; // later than the clock of the disk
    for (int seed = 0; seed < 20; seed++) {
      SimulatedIo io = new SimulatedIo(seed);
      Path state = io.mount(Path.of("/state"));
      new DeletedLog(new UUID(1, 2), ended).write(io, state);
      for (int opening = 0; opening < 2; opening++) {
        WalRegistry registry = RegistryFixture.registry(io, new NoStorage());
        CaptureLog log =
            new CaptureLog(
                RegistryFixture.NAMESPACE, state, registry, io, CaptureOptions.defaults());
        log.open(RegistryFixture.PAGE_SIZE);
        assertThat(log.wal().orElseThrow().epoch()).as("seed %d", seed).isGreaterThan(ended);
        io.syncDirectory(state); // whoever does that for another reason
        io.crash();
      }
    }
  }
}

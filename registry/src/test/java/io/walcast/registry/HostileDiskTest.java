package io.walcast.registry;

import io.walcast.testing.DiskOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random workloads on a disk whose every operation fails in turn and whose power is cut at each, in
 * a world where nothing is durable that was not synced.
 */
class HostileDiskTest {

  private static final int STEPS = 30;
  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 9);
  private static final long SEED = Long.getLong("walcast.seed", System.nanoTime());
  private static final boolean ONE = System.getProperty("walcast.seed") != null;

  @TempDir Path directory;

  /** One seed of a campaign, with an n that counts up until the fault no longer comes. */
  @FunctionalInterface
  private interface Round {
    boolean run(long seed, int n) throws IOException;
  }

  private static void campaign(Round round) throws IOException {
    for (int i = 0; i < (ONE ? 1 : ROUNDS); i++) {
      int n = 1;
      while (failed(round, SEED + i, n)) {
        n++;
      }
    }
  }

  private static boolean failed(Round round, long seed, int n) throws IOException {
    try {
      return round.run(seed, n);
    } catch (IOException e) {
      throw new IOException("-Dwalcast.seed=" + seed + ", n " + n, e);
    }
  }

  /** Of three logs one does not sync what it seals, one has a private database as its target. */
  private HostileDiskRun run(long seed, String description) {
    return switch (Math.floorMod(seed, 3)) {
      case 0 -> new HostileDiskRun(seed, false, null, description);
      case 1 -> new HostileDiskRun(seed, true, directory.resolve("a.db"), description);
      default -> new HostileDiskRun(seed, true, null, description);
    };
  }

  /** Steps until one fails. */
  private static void runUntilPowerIsCut(HostileDiskRun run) {
    try {
      for (int i = 0; i < STEPS; i++) {
        run.step();
      }
    } catch (IOException e) {
      run.assertInjected(e);
    }
  }

  private static void runOn(HostileDiskRun run) throws IOException {
    for (int i = 0; i < 6; i++) {
      run.step();
      run.checkReading();
    }
  }

  @Test
  void afterAPowerCutAtAnyChangeTheLogIsAPrefixWithAllThatWasDurableAndGoesOn() throws IOException {
    campaign(
        (seed, n) -> {
          HostileDiskRun run = run(seed, "power cut at change " + n);
          run.io.cutPowerAt(n);
          runUntilPowerIsCut(run);
          boolean cut = run.io.heal();
          run.crashAndReopen(n % 2 == 0);
          runOn(run);
          run.crashAndReopen(false);
          run.close();
          return cut;
        });
  }

  @Test
  void aFailureCostsTheStepThatItHitsAndAPowerCutLaterFindsNoTraceOfIt() throws IOException {
    campaign(
        (seed, n) -> {
          HostileDiskRun run = run(seed, "failure of change " + n);
          return failing(run, () -> run.io.failFrom(n, 1 + n % 3));
        });
  }

  @Test
  void aSyncThatFailsIsNeverFollowedByOneThatHidesIt() throws IOException {
    Set<DiskOperation> syncs = Set.of(DiskOperation.SYNC, DiskOperation.SYNC_DIRECTORY);
    campaign(
        (seed, n) -> {
          HostileDiskRun run = run(seed, "failure of sync " + n);
          return failing(run, () -> run.io.failFrom(syncs, n, 1));
        });
  }

  @Test
  void whatAFailedSyncHasLostIsNeverSealedNorReadWrong() throws IOException {
    campaign(
        (seed, n) -> {
          HostileDiskRun run =
              new HostileDiskRun(seed, true, null, "pages lost by failed sync " + n);
          run.io.evictAfterFailedSync(true);
          run.io.failFrom(Set.of(DiskOperation.SYNC), n, 1);
          for (int i = 0; i < STEPS && run.io.failures() == 0; i++) {
            try {
              run.step();
            } catch (IOException e) {
              run.assertInjected(e);
            }
          }
          for (int i = 0; i < STEPS && run.io.failures() > 0; i++) {
            run.stepOnWhatMayBeLost();
          }
          boolean failed = run.io.heal();
          run.crashAndReopen(false);
          runOn(run);
          run.crashAndReopen(false);
          run.close();
          return failed;
        });
  }

  @Test
  void aReadThatFailsCostsTheStepThatItHits() throws IOException {
    campaign(
        (seed, n) -> {
          HostileDiskRun run = run(seed, "failure of read " + n);
          return failing(run, () -> run.io.failFrom(Set.of(DiskOperation.READ), n * 7L, 1))
              && n < 60;
        });
  }

  @Test
  void aFullDiskTakesNothingAndAllGoesOnOnceThereIsRoom() throws IOException {
    campaign(
        (seed, n) -> {
          HostileDiskRun run = run(seed, "disk full from write " + n);
          return failing(run, () -> run.io.fillUpFrom(n, 5));
        });
  }

  private static boolean failing(HostileDiskRun run, Runnable fault) throws IOException {
    fault.run();
    for (int i = 0; i < STEPS; i++) {
      try {
        run.step();
      } catch (IOException e) {
        run.assertInjected(e);
      }
    }
    boolean failed = run.io.heal();
    run.checkReading();
    run.crashAndReopen(false);
    runOn(run);
    run.crashAndReopen(false);
    run.close();
    return failed;
  }
}

package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.sqlite.Transfers;
import io.walcast.testing.DiskOperation;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Applying to a live replica on a disk whose every operation fails in turn and whose power is cut
 * at each, in a world where nothing is durable that was not synced.
 */
class HostileLiveTest {

  private static final int TRANSACTIONS = 24;
  private static final int TRANSACTIONS_OF_AN_EPOCH = 6; // so that anchors are forgotten
  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 1);
  private static final long SEED = Long.getLong("walcast.seed", System.nanoTime());
  private static final boolean ONE = System.getProperty("walcast.seed") != null;
  private static final int STOCK_EVERY = 97; // runs, of which one is shown to stock SQLite

  @TempDir static Path shared;
  private static SqliteProcess sqlite;
  private static final List<SealedSegment> SEGMENTS = new ArrayList<>();
  private static final List<Primary.Transaction> STATES = new ArrayList<>();

  private int runs;

  /** The log begins with a snapshot and changes its size and its epoch. */
  @BeforeAll
  static void recordPrimary() throws IOException {
    sqlite = SqliteProcess.start();
    List<Primary.Transaction> transfers =
        Transfers.recordWithSizes(sqlite, shared.resolve("primary.db"), TRANSACTIONS);
    Files.createDirectory(shared.resolve("replica"));
    Files.createDirectory(shared.resolve("state"));
    LogOfSegments log = new LogOfSegments(shared.resolve("log"), new UUID(1, 2), 1, 1024);
    int done = 0;
    for (int count = 3; done < transfers.size(); count = 1 + done % 2) {
      int next = Math.min(transfers.size(), done + count);
      List<Primary.Transaction> some =
          done == 0 ? List.of(Transfers.snapshot(transfers, next)) : transfers.subList(done, next);
      log.epoch = 1 + done / TRANSACTIONS_OF_AN_EPOCH;
      SEGMENTS.add(log.seal(some));
      STATES.add(Transfers.snapshot(transfers, next));
      done = next;
    }
  }

  @AfterAll
  static void stopSqlite() throws IOException {
    for (SealedSegment segment : SEGMENTS) {
      segment.close();
    }
    sqlite.close();
  }

  /** One seed of a campaign, with an n that counts up until the fault no longer comes. */
  @FunctionalInterface
  private interface Round {
    boolean run(HostileLiveRun run, int n) throws IOException;
  }

  private void campaign(String what, ReplicaJournal journal, Round round) throws IOException {
    for (int i = 0; i < (ONE ? 1 : ROUNDS); i++) {
      boolean failed = true;
      for (int n = 1; failed; n++) {
        String description = journal + ", " + what + " " + n;
        try (HostileLiveRun run =
            new HostileLiveRun(SEED + i, shared, journal, SEGMENTS, STATES, description)) {
          failed = round.run(run, n);
        } catch (IOException e) {
          throw new IOException("-Dwalcast.seed=" + (SEED + i) + ", " + description, e);
        }
      }
    }
  }

  /** Applies all that is left; now and then stock SQLite looks at the files as they are. */
  private void finish(HostileLiveRun run, Path directory) throws IOException {
    if (++runs % STOCK_EVERY == 0 && run.applied() > 0) {
      lookWithStockSqlite(run, directory);
    }
    while (!run.isDone()) {
      run.step();
    }
    run.checkContent();
  }

  private void lookWithStockSqlite(HostileLiveRun run, Path directory) throws IOException {
    Path copy = Files.createDirectory(directory.resolve("copy" + runs));
    run.crashAndReopen(false);
    run.closeTarget();
    run.export(copy);
    try (SqliteConnection reader = sqlite.open(copy.resolve("r.db"))) {
      if (run.applied() > 0) {
        assertThat(reader.integrityCheck()).isEmpty();
        assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void afterAPowerCutAtAnyChangeTheReplicaIsBeforeOrAfterATransactionAndKnowsWhich(
      ReplicaJournal journal, @TempDir Path directory) throws IOException {
    campaign(
        "power cut at change",
        journal,
        (run, n) -> {
          run.io.cutPowerAt(n);
          try {
            while (!run.isDone()) {
              run.step();
            }
          } catch (IOException e) {
            run.assertInjected(e);
          }
          boolean cut = run.io.heal();
          run.crashAndReopen(n % 2 == 0);
          finish(run, directory);
          return cut;
        });
  }

  private boolean failing(HostileLiveRun run, Path directory) throws IOException {
    for (int i = 0; i < 60; i++) {
      try {
        run.step();
      } catch (IOException e) {
        run.assertInjected(e);
      }
    }
    boolean failed = run.io.heal();
    run.checkNothingApplied();
    run.checkContent();
    run.crashAndReopen(false);
    finish(run, directory);
    run.crashAndReopen(false);
    return failed;
  }

  @ParameterizedTest
  @EnumSource
  void aFailureCostsTheFoldThatItHitsAndNothingElse(ReplicaJournal journal, @TempDir Path directory)
      throws IOException {
    campaign(
        "failure of change",
        journal,
        (run, n) -> {
          run.io.failFrom(n, 1 + n % 3);
          return failing(run, directory);
        });
  }

  @ParameterizedTest
  @EnumSource
  void aSyncThatFailsIsNeverFollowedByOneThatHidesIt(
      ReplicaJournal journal, @TempDir Path directory) throws IOException {
    campaign(
        "failure of sync",
        journal,
        (run, n) -> {
          run.io.failFrom(Set.of(DiskOperation.SYNC, DiskOperation.SYNC_DIRECTORY), n, 1);
          return failing(run, directory);
        });
  }

  /** A sync that succeeds after one that failed has to write what that one has lost. */
  @ParameterizedTest
  @EnumSource
  void aPowerCutSoonAfterASyncThatFailedTakesNothingThatALaterOneReported(
      ReplicaJournal journal, @TempDir Path directory) throws IOException {
    campaign(
        "power cut soon after failure of sync",
        journal,
        (run, n) -> {
          run.io.failFrom(Set.of(DiskOperation.SYNC), (n + 2) / 3, 1);
          int left = 1 + n % 3; // steps from the failure on
          for (int i = 0; i < 60 && left > 0; i++) {
            try {
              run.step();
            } catch (IOException e) {
              run.assertInjected(e);
            }
            left -= run.io.failures() > 0 ? 1 : 0;
          }
          boolean failed = run.io.heal();
          run.crashAndReopen(false);
          finish(run, directory);
          return failed;
        });
  }

  @ParameterizedTest
  @EnumSource
  void aFullDiskCostsNothing(ReplicaJournal journal, @TempDir Path directory) throws IOException {
    campaign(
        "disk full from write",
        journal,
        (run, n) -> {
          run.io.fillUpFrom(n, 4);
          return failing(run, directory);
        });
  }
}

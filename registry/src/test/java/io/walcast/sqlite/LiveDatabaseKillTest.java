package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.testkit.JavaProcess;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Appliers that die at each step in turn, each where the one before left off. After every death
 * SQLite must find a whole transaction, and the next applier exactly the one before or after.
 */
class LiveDatabaseKillTest {

  private static final int TRANSFERS = 900;
  private static final int STEPS_OF_RECOVERY = 17;
  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transactions;

  @TempDir static Path shared;
  @TempDir Path directory;

  @BeforeAll
  static void record() throws IOException {
    sqlite = SqliteProcess.start();
    List<Primary.Transaction> transfers =
        Transfers.record(sqlite, shared.resolve("primary.db"), TRANSFERS);
    transactions = new ArrayList<>(transfers.subList(3, transfers.size()));
    transactions.add(0, Transfers.snapshot(transfers, 3)); // the tables are there from the start
    RecordedPages.write(shared.resolve("recorded"), transactions);
  }

  @AfterAll
  static void stop() {
    sqlite.close();
  }

  /** Unwinds the stack; nothing on its way writes, so files and memory stay as at a kill. */
  private static final class Death extends Error {}

  private static final class DeathAfter {
    private int left;
    private final Set<String> passed;
    private String last = "";

    DeathAfter(int steps, Set<String> passed) {
      this.left = steps;
      this.passed = passed;
    }

    void step(String name) {
      if (left-- == 0) {
        last = name;
        passed.add(name);
        throw new Death();
      }
      if (left < 0) {
        throw new Death(); // already dead: what runs while the stack unwinds must not write
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deathAtAnyStepLeavesTheStateBeforeOrAfter(boolean watched) throws Exception {
    Path replica = directory.resolve("replica.db");
    ApplierSession first = new ApplierSession(replica, ReplicaJournal.WAL, transactions);
    first.run(new HookedIo((operation, path) -> {}), Steps.NONE);
    Set<String> passed = new HashSet<>();
    int before = first.applied;
    boolean finished = false;
    SqliteConnection watcher = watched ? sqlite.open(replica) : null;
    for (int steps = 0; !finished; steps++) {
      if (watched) {
        assertThat(watcher.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      }
      DeathAfter death = new DeathAfter(steps, passed);
      HookedIo io = new HookedIo((operation, path) -> death.step(operation));
      ApplierSession session = new ApplierSession(replica, ReplicaJournal.WAL, transactions);
      try {
        session.run(io, death::step);
        finished = true;
      } catch (Death e) {
        assertThat(session.found).as(death.last).isIn(-1, before, before + 1);
      } finally {
        io.closeAll();
      }
      before = Math.max(before, Math.max(session.found, session.applied));
      if (!watched) { // this one recovers, and folds the WAL in as it closes
        try (SqliteConnection visitor = sqlite.open(replica)) {
          assertThat(visitor.queryOne(Transfers.SUM)).as(death.last).isEqualTo(Transfers.TOTAL);
          assertThat(visitor.integrityCheck()).as(death.last).isEmpty();
        }
      }
    }
    if (watched) {
      assertThat(watcher.integrityCheck()).isEmpty();
      watcher.close();
    }
    assertThat(passed).contains("header copy 2", "header copy 1", "frames in the index");
    assertThat(passed).contains("pages copied", "database forced", "second half of write");
    assertThat(passed).contains(watched ? "back-fill count cleared" : "index emptied");
  }

  /** Who comes after a death with a rollback journal. */
  private enum Next {
    /** Stock SQLite, which rolls back. */
    READER,
    /** The next applier, and it lives. */
    APPLIER,
    /** The next applier, and it dies as well, early in its life. */
    DYING_APPLIER
  }

  private ApplierSession session(Path replica, Set<String> passed, int steps) throws IOException {
    DeathAfter death = new DeathAfter(steps, passed);
    HookedIo io = new HookedIo((operation, path) -> death.step(operation));
    ApplierSession session = new ApplierSession(replica, ReplicaJournal.ROLLBACK, transactions);
    try {
      session.run(io, death::step);
      session.finished = true;
    } catch (Death e) {
      passed.add(death.last);
    } finally {
      io.closeAll();
    }
    return session;
  }

  @ParameterizedTest
  @EnumSource
  void deathAtAnyStepWithARollbackJournalIsRolledBack(Next next) throws Exception {
    Path replica = directory.resolve("replica.db");
    int before = session(replica, new HashSet<>(), Integer.MAX_VALUE).applied;
    Set<String> passed = new HashSet<>();
    Set<String> passedNext = new HashSet<>();
    boolean finished = false;
    for (int steps = 0; !finished; steps++) {
      ApplierSession session = session(replica, passed, steps);
      assertThat(session.found).isIn(-1, before, before + 1);
      finished = session.finished;
      before = Math.max(before, Math.max(session.found, session.applied));
      if (next == Next.READER) {
        try (SqliteConnection visitor = sqlite.open(replica)) {
          assertThat(visitor.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
          assertThat(visitor.integrityCheck()).isEmpty();
        }
      } else {
        int moreSteps = next == Next.APPLIER ? Integer.MAX_VALUE : steps % STEPS_OF_RECOVERY;
        ApplierSession second = session(replica, passedNext, moreSteps);
        assertThat(second.found).isIn(-1, before, before + 1);
        before = Math.max(before, Math.max(second.found, second.applied));
      }
    }
    assertThat(sqlite.integrityCheck(replica)).isEmpty();
    assertThat(passed).contains("journal written", "page written", "size set", "applied");
    if (next == Next.DYING_APPLIER) {
      assertThat(passedNext).contains("hot journal found", "rolled back");
    }
  }

  /**
   * A reader keeps the index alive; once it is gone too, SQLite rebuilds from what the WAL holds.
   */
  @Test
  void whatWasWrittenButNotPublishedNeverComesBack() throws Exception {
    Path replica = directory.resolve("replica.db");
    ApplierSession first = new ApplierSession(replica, ReplicaJournal.WAL, transactions);
    first.run(new HookedIo((operation, path) -> {}), Steps.NONE);
    HookedIo io = new HookedIo((operation, path) -> {});
    try (SqliteProcess watching = SqliteProcess.start()) {
      watching.open(replica).queryOne(Transfers.SUM);
      try {
        new ApplierSession(replica, ReplicaJournal.WAL, transactions)
            .run(
                io,
                step -> {
                  if (step.equals("frames in the index")) {
                    throw new Death();
                  }
                });
      } catch (Death e) {
        io.closeAll();
      }
      assertThat(counterOf(replica)).isEqualTo(first.applied);
    }
    assertThat(sqlite.integrityCheck(replica)).isEmpty(); // rebuilds, folds in, deletes
    assertThat(counterOf(replica)).isEqualTo(first.applied);
  }

  private static int counterOf(Path replica) throws IOException {
    try (LiveDatabase live = LiveDatabase.open(new StandardIo(), replica, LiveOptions.defaults())) {
      return live.changeCounter();
    }
  }

  @Test
  void killedProcessesLeaveTheStateBeforeOrAfter() throws Exception {
    Path replica = directory.resolve("replica.db");
    int before = 0;
    for (String step :
        List.of(
            "fresh database in place",
            "WAL header written",
            "header copy 2",
            "back-fill announced",
            "pages copied",
            "half of the frames in the index",
            "back-fill count cleared",
            "recovery block",
            "header copy 1",
            "no such step")) {
      String[] words = runChild(replica, step).split(" ");
      int found = Integer.parseInt(words[0]);
      if (found >= 0) {
        assertThat(found).as(step).isBetween(before, before + 1);
      }
      before = Math.max(before, Math.max(found, Integer.parseInt(words[1])));
      assertThat(words[2]).as(step).isEqualTo(step.startsWith("no") ? "finished" : "halted");
    }
    assertThat(sqlite.integrityCheck(replica)).isEmpty();
  }

  private static String runChild(Path replica, String step) throws IOException {
    try (JavaProcess child =
        JavaProcess.leashed(KillableApplier.class.getName())
            .jvm("-Xmx64m", "-XX:+UseSerialGC")
            .args(replica.toString(), shared.resolve("recorded").toString(), step)
            .start()) {
      byte[] output = child.process().getInputStream().readAllBytes();
      assertThat(child.exitsWithin(Duration.ofSeconds(30))).isTrue();
      return new String(output, StandardCharsets.UTF_8).trim();
    }
  }
}

package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.JavaProcess;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that is halted at each step in turn, each time where the one before left off. After
 * every halt SQLite must find a whole transaction, and the next process the same one.
 */
class LiveDatabaseKillTest {

  private static final int TRANSFERS = 500;
  private static SqliteProcess sqlite;

  @TempDir static Path directory;
  private static Path recorded;

  @BeforeAll
  static void record() throws IOException {
    sqlite = SqliteProcess.start();
    List<Primary.Transaction> transfers =
        Transfers.record(sqlite, directory.resolve("primary.db"), TRANSFERS);
    // The tables are there from the first transaction on.
    List<Primary.Transaction> fromTables =
        new java.util.ArrayList<>(transfers.subList(3, transfers.size()));
    fromTables.add(0, Transfers.snapshot(transfers, 3));
    recorded = directory.resolve("recorded");
    RecordedPages.write(recorded, fromTables);
  }

  @AfterAll
  static void stop() {
    sqlite.close();
  }

  @Test
  void aKillWhileAReaderIsAttachedLeavesAWholeTransaction() throws Exception {
    Path replica = directory.resolve("watched.db");
    Run first = run(replica, 100_000);
    int applied = first.applied;
    Set<String> steps = new LinkedHashSet<>();
    try (SqliteConnection reader = sqlite.open(replica)) {
      for (int step = 0; steps.add("finished") || !steps.isEmpty(); step += STEP) {
        assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
        Run run = run(replica, step);
        applied = checkAfter(run, applied, replica);
        steps.add(run.end);
        if (run.end.equals("finished")) {
          break;
        }
      }
      assertThat(reader.integrityCheck()).isEmpty();
    }
    assertThat(steps)
        .contains("header copy 2", "header copy 1", "frames in the index", "WAL reset");
  }

  private static final int STEP = 1;

  private int checkAfter(Run run, int appliedBefore, Path replica) {
    if (run.found >= 0) {
      assertThat(run.found)
          .as("what a process finds after the one before was %s", run.end)
          .isBetween(appliedBefore, appliedBefore + 1);
    }
    return run.applied >= 0 ? run.applied : Math.max(appliedBefore, run.found);
  }

  private record Run(int found, int applied, String end) {}

  private static Run run(Path replica, int step) throws IOException {
    try (JavaProcess child =
        JavaProcess.leashed(KillableApplier.class.getName())
            .jvm("-Xmx64m", "-XX:+UseSerialGC")
            .args(replica.toString(), recorded.toString(), Integer.toString(step))
            .start()) {
      String output =
          new String(child.process().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(child.exitsWithin(Duration.ofSeconds(30))).isTrue();
      int found = -1;
      int applied = -1;
      String end = "";
      for (String line : output.split("\n")) {
        if (line.startsWith("found ")) {
          found = Integer.parseInt(line.substring(6));
        } else if (line.startsWith("applied ")) {
          applied = Integer.parseInt(line.substring(8));
        } else {
          end = line.replace("halted at ", "");
        }
      }
      return new Run(found, applied, end);
    }
  }
}

package io.walcast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static SqliteProcess sqlite;

  @TempDir Path dir;

  @BeforeAll
  static void start() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stop() {
    sqlite.close();
  }

  @ParameterizedTest
  @CsvSource({"512, 1", "4096, 0", "65536, 2"})
  void aSeedNamesOneHistory(int pageSize, int autoVacuum) {
    WriterWorkload.Options first =
        WriterWorkload.Options.of(dir.resolve("first.db"), 7)
            .withPageSize(pageSize)
            .withAutoVacuum(autoVacuum)
            .withTransactions(150);
    WriterWorkload.Options second =
        new WriterWorkload.Options(
            dir.resolve("second.db"), 7, 150, PATIENCE, pageSize, autoVacuum, 10, 50, 0, false);
    try (WriterWorkload one = WriterWorkload.start(first);
        WriterWorkload other = WriterWorkload.start(second)) {
      WriterWorkload.Result result = one.await(PATIENCE);
      assertThat(result.commits()).isEqualTo(150);
      assertThat(result.n()).isEqualTo(150);
      assertThat(result.json()).contains("schemaChanges", "rollbacks", "bulks");
      other.await(PATIENCE);
    }
    assertThat(Path.of(first.database() + "-wal")).doesNotExist();
    assertThat(Path.of(second.database() + "-wal")).exists();
    assertThat(sqlite.integrityCheck(first.database())).isEmpty();
    assertThat(sqlite.dumpHash(second.database())).isEqualTo(sqlite.dumpHash(first.database()));
  }

  @Test
  void readersThatComeEarlySeeTheInvariantHoldThroughKills() {
    Path db = dir.resolve("a.db");
    try (InvariantReader reader = InvariantReader.start(db)) {
      long before;
      try (WriterWorkload doomed = WriterWorkload.start(WriterWorkload.Options.of(db, 1))) {
        doomed.awaitCommits(100);
        reader.awaitN(50, PATIENCE);
        doomed.kill();
        before = doomed.commits();
      }
      try (WriterWorkload writer = WriterWorkload.start(WriterWorkload.Options.of(db, 2))) {
        writer.awaitCommits(100);
        assertThat(writer.finish().n()).isGreaterThanOrEqualTo(before + 100);
      }
      reader.awaitN(before + 100, PATIENCE);
      InvariantReader.Result result = reader.finish();
      assertThat(result.findings()).isEmpty();
      assertThat(result.violations()).isZero();
      assertThat(result.errors()).isZero();
      assertThat(result.integrityChecks()).isPositive();
    }
  }

  @Test
  void readersReportABrokenInvariantAndACounterThatGoesBack() {
    Path db = dir.resolve("a.db");
    WriterWorkload.Options options = WriterWorkload.Options.of(db, 3).withTransactions(20);
    try (WriterWorkload writer = WriterWorkload.start(options);
        InvariantReader reader = InvariantReader.start(db);
        SqliteConnection vandal = sqlite.open(db)) {
      writer.await(PATIENCE);
      reader.awaitN(20, PATIENCE);
      vandal.execute("UPDATE ledger SET balance = balance + 1 WHERE id = 1");
      vandal.execute("UPDATE progress SET n = 10");
      Eventually.until(PATIENCE, "findings", () -> reader.findings().size() >= 3);
      assertThat(reader.finish().violations()).isPositive();
      assertThat(String.join("\n", reader.findings()))
          .contains("sum of balances: 100001 and not 100000")
          .contains("progress went back from 20 to 10");
    }
  }
}

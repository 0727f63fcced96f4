package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Case 13: a transaction of 100,000 pages that spills to the WAL long before it ends, rolled back,
 * and another committed. Pages are small, unless {@code -Dwalcast.capture.big=true}.
 */
class Case13SpilledTransactionTest extends CaptureTestBase {

  private static final int PAGES = 100_000;
  private static final boolean BIG = Boolean.getBoolean("walcast.capture.big");
  private static final int PAGE_SIZE = BIG ? 4096 : 512;

  @Test
  void aHundredThousandPagesRolledBackAndAsManyCommitted() throws Exception {
    try (SqliteProcess process = SqliteProcess.start(BIG ? 2000 : 512);
        SqliteConnection app = process.open(rig.database);
        SqliteConnection other = process.open(rig.database)) {
      rig = new CaptureRig(directory, process, io()); // which has room for the whole copy
      app.execute("PRAGMA page_size=" + PAGE_SIZE);
      app.query("PRAGMA journal_mode=WAL");
      app.query("PRAGMA cache_size=20");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 5);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);

      app.execute("BEGIN");
      fill(app);
      assertThat(rig.poll().commits()).isZero();
      app.execute("ROLLBACK");
      assertThat(rig.poll().commits()).isZero();
      CaptureRig.insert(app, 1); // over the first of what was spilled
      rig.pollUntil("the small commit", s -> s.commits() == 1);

      app.execute("BEGIN");
      fill(app);
      assertThat(rig.poll().commits()).isEqualTo(1);
      assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(6);
      app.execute("COMMIT");
      rig.pollUntil("the large commit", s -> s.commits() == 2);
      assertThat(rig.status().frames()).isGreaterThan(PAGES);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(3);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  /** One statement for each tenth; looks in between. */
  private void fill(SqliteConnection app) throws Exception {
    for (int i = 0; i < 10; i++) {
      app.execute(
          "WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM g WHERE x < 100)"
              + " INSERT INTO t(b) SELECT randomblob("
              + 101 * (PAGE_SIZE - 4)
              + ") FROM g");
      rig.poll();
    }
    assertThat(Files.size(WalConnection.walOf(rig.database)))
        .as("the transaction is in the WAL")
        .isGreaterThan(PAGES * (PAGE_SIZE + 24L));
  }
}

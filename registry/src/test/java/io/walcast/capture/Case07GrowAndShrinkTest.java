package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Case 7: growth, VACUUM, growth again, with each mode of auto-vacuum. That no page beyond the new
 * size is published is checked with every segment, by {@link RebuiltCopy}.
 */
class Case07GrowAndShrinkTest extends CaptureTestBase {

  @ParameterizedTest
  @CsvSource({"NONE,512", "FULL,512", "INCREMENTAL,4096", "NONE,65536", "FULL,4096"})
  void theCopyFollows(String autoVacuum, int pageSize) throws Exception {
    try (SqliteConnection app = sqlite.open(rig.database)) {
      app.execute("PRAGMA page_size=" + pageSize);
      app.execute("PRAGMA auto_vacuum=" + autoVacuum);
      app.query("PRAGMA journal_mode=WAL");
      app.query("PRAGMA cache_size=10"); // spills
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 20);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int round = 0; round < 2; round++) {
        CaptureRig.insert(app, 1500);
        rig.awaitCopyEquals(app);
        long grown = Files.size(rig.copyPath);

        app.execute("DELETE FROM t WHERE id > 15");
        app.execute("PRAGMA incremental_vacuum");
        rig.awaitCopyEquals(app);
        if (autoVacuum.equals("NONE")) {
          app.execute("VACUUM");
          rig.awaitCopyEquals(app);
        }
        assertThat(Files.size(rig.copyPath)).isLessThan(grown / 4);

        // Beyond its own new size and back again, in one transaction and by way of the WAL.
        app.execute("BEGIN");
        CaptureRig.insert(app, 800);
        app.execute("DELETE FROM t WHERE id > 17");
        app.execute("PRAGMA incremental_vacuum");
        app.execute("COMMIT");
        rig.awaitCopyEquals(app);
        if (round == 0) {
          rig.awaitReset(app, "TRUNCATE");
        }
      }
      CaptureRig.insert(app, 900);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }
}

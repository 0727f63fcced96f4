package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Case 12: the page size is changed by a VACUUM in rollback mode, and back to WAL. */
class Case12PageSizeTest extends CaptureTestBase {

  @ParameterizedTest
  @CsvSource({"4096,1024,false", "1024,65536,false", "65536,512,false", "4096,8192,true"})
  void anotherPageSizeBeginsANewLog(int before, int after, boolean down) throws Exception {
    try (SqliteConnection app = sqlite.open(rig.database)) {
      app.execute("PRAGMA page_size=" + before);
      app.query("PRAGMA journal_mode=WAL");
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 100);
    }
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    try (SqliteConnection app = sqlite.open(rig.database)) {
      CaptureRig.insert(app, 5);
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(Files.size(rig.copyPath) % before).isZero();
      rig.stop(); // while it is attached, the newer SQLite does not leave WAL mode
      assertThat(app.queryOne("PRAGMA journal_mode=DELETE")).isEqualTo("delete");
      if (!down) {
        rig.start();
        assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.NOT_WAL_MODE);
      }
      app.execute("PRAGMA page_size=" + after);
      app.execute("VACUUM");
      assertThat(app.queryOne("PRAGMA journal_mode=WAL")).isEqualTo("wal");
      CaptureRig.insert(app, 1);
      if (down) {
        rig.start();
      }
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, 1);
      rig.awaitCopyEquals(app);
      assertThat(sqlite.pageImage(rig.copyPath).pageSize()).isEqualTo(after);
    }
    RebuiltCopy.Published first = rig.copy.published().get(0);
    RebuiltCopy.Published last = rig.copy.published().get(rig.copy.published().size() - 1);
    assertThat(last.logId()).isNotEqualTo(first.logId());
    assertThat(Integer.toUnsignedLong(last.epoch()))
        .isGreaterThan(Integer.toUnsignedLong(first.epoch()));
  }
}

package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.sqlite.PageHash;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Page hashes that were lost come back without a snapshot, while the application goes on. The copy
 * compares every checksum that a segment states.
 */
class LostHashesTest extends CaptureTestBase {

  private final ThrottledIo throttled = new ThrottledIo();

  @Override
  Io io() {
    return throttled;
  }

  private Path hashes() {
    return rig.state.resolve(PageHashes.FILE);
  }

  private boolean isStated() {
    int last = rig.copy.published().size() - 1;
    return rig.copy.published().get(last).checksum() != PageHash.NOT_STATED;
  }

  /** Captured and folded; the hashes are gone when the capture starts again. */
  private void loseHashes() throws IOException {
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    Eventually.until(
        CaptureRig.PATIENCE,
        "all segments are folded",
        () -> {
          rig.poll();
          rig.seal();
          return rig.capture().wal().map(w -> w.tailLength() == 0).orElse(true);
        });
    rig.stop();
    Files.delete(hashes());
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
  }

  private void commitAndSeal(SqliteConnection app, String sql) throws IOException {
    long commits = rig.status().commits();
    app.execute(sql);
    rig.pollUntil("the commit", s -> s.commits() > commits);
    rig.seal();
  }

  /** Several steps' worth of pages, with commits in between that write, cut off and add some. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theyComeBackWhileTheApplicationGoesOn(boolean inWal) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(3000)) {
      app.query("PRAGMA wal_autocheckpoint=" + (inWal ? 0 : 50));
      app.execute("CREATE TABLE u(b BLOB); INSERT INTO u SELECT b FROM t WHERE id % 4 = 0");
      if (!inWal) {
        app.query("PRAGMA wal_checkpoint(PASSIVE)");
      }
      loseHashes();
      commitAndSeal(app, "UPDATE t SET b = randomblob(1300) WHERE id = 3");
      assertThat(isStated()).isFalse();
      String[] changes = {
        "UPDATE t SET b = randomblob(1300) WHERE id % 50 = 1",
        "DROP TABLE IF EXISTS u",
        "VACUUM",
        "CREATE TABLE IF NOT EXISTS u(b BLOB)",
        "INSERT INTO u SELECT randomblob(1300) FROM t WHERE id % 5 = 0",
        "UPDATE t SET b = zeroblob(1300) WHERE id IN (1, 1500, 3000)"
      };
      int next = 0;
      while (!isStated()) {
        commitAndSeal(app, changes[next++ % changes.length]);
      }
      commitAndSeal(app, "UPDATE t SET b = randomblob(1300) WHERE id = 4");
      assertThat(isStated()).isTrue();
      assertThat(rig.status().resyncs()).isEmpty();
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aResyncThatCouldNotCompareCanAfterwards() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(1000)) {
      loseHashes();
      commitAndSeal(app, "UPDATE t SET b = randomblob(1300) WHERE id = 3");
      Eventually.until(
          CaptureRig.PATIENCE,
          "the hashes are kept",
          () -> {
            rig.poll();
            return Files.exists(hashes());
          });
      rig.stop();
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      CaptureRig.insert(app, 2);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().differences()).isEqualTo(1);
      assertThat(rig.status().snapshots()).isZero();
    }
  }

  /**
   * Written and back-filled after the last look, before the pages are read: what was read is of a
   * state that the log has not, and nobody captures it any more.
   */
  @Test
  void hashesOfPagesThatTheLogHasNotAreNotKept() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(100)) {
      app.query("PRAGMA wal_checkpoint(PASSIVE)");
      loseHashes();
      AtomicBoolean written = new AtomicBoolean();
      throttled.beforeReads(
          rig.database::equals,
          position -> {
            if (written.compareAndSet(false, true)) {
              app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 50");
              app.query("PRAGMA wal_checkpoint(PASSIVE)");
            }
          });
      app.execute("UPDATE t SET b = randomblob(1300) WHERE id = 3");
      app.query("PRAGMA wal_checkpoint(PASSIVE)");
      Eventually.until(
          CaptureRig.PATIENCE,
          "the database is read",
          () -> {
            rig.poll();
            return written.get();
          });
      rig.kill();
      assertThat(hashes()).doesNotExist();
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      CaptureRig.insert(app, 1);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
    }
  }
}

package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Case 8: the end of a snapshot, or the limit of frames of a segment, comes to lie inside a
 * transaction. That each segment ends with a commit is checked by {@link CapturedHistory}.
 */
class Case08LimitsInsideATransactionTest extends CaptureTestBase {

  /** The rig seals at 300 frames. */
  @Test
  void aSegmentIsNotCutInsideATransaction() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(10)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 0; i < 4; i++) {
        CaptureRig.insert(app, 250); // a third of the limit
      }
      CaptureRig.insert(app, 3000); // three times the limit
      CaptureRig.insert(app, 1);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(7);
      List<RebuiltCopy.Published> published = rig.copy.published();
      assertThat(published.stream().mapToLong(s -> s.end() - s.start() + 1).max().orElseThrow())
          .as("frames of the longest segment")
          .isGreaterThan(900);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  @Test
  void aSnapshotEndsBeforeTheTransactionThatIsGoingOn() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(200);
        SqliteConnection other = sqlite.open(rig.database)) {
      app.query("PRAGMA cache_size=5");
      String before = other.dumpHash();
      long walBefore = Files.size(WalConnection.walOf(rig.database));
      app.execute("BEGIN; UPDATE t SET b = randomblob(1300)");
      CaptureRig.insert(app, 500);
      assertThat(Files.size(WalConnection.walOf(rig.database)))
          .as("half of a transaction is in the WAL")
          .isGreaterThan(walBefore + 500_000);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(other);
      assertThat(sqlite.dumpHash(rig.copyPath)).isEqualTo(before);
      CaptureRig.insert(app, 500);
      rig.poll();
      assertThat(rig.status().commits()).isZero();
      app.execute("COMMIT");
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(2);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }
}

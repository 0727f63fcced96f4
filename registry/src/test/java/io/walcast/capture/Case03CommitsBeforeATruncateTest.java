package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Case 3: commits between the last look and a checkpoint that would empty the WAL. The checkpoint
 * has to wait for the next looks, however the slots were held.
 */
class Case03CommitsBeforeATruncateTest extends CaptureTestBase {

  @ParameterizedTest
  @CsvSource({"true,TRUNCATE", "true,RESTART", "false,TRUNCATE", "false,RESTART"})
  void areCapturedBeforeItComes(boolean idle, String mode) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      app.query("PRAGMA wal_autocheckpoint=0");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int round = 1; round <= 5; round++) {
        if (idle) {
          rig.awaitReset(app, mode);
        } else {
          CaptureRig.insert(app, 2); // pending: captured, not back-filled
          rig.poll();
        }
        for (int i = 0; i < 3; i++) {
          CaptureRig.insert(app, 2);
        }
        app.query("PRAGMA busy_timeout=0");
        assertThat(app.query("PRAGMA wal_checkpoint(" + mode + ")").get(0).get(0))
            .as("busy")
            .isEqualTo("1");
        CaptureRig.insert(app, 2);
        long commits = (idle ? 4L : 5L) * round;
        rig.pollUntil("the commits", s -> s.commits() >= commits);
        assertThat(rig.status().commits()).isEqualTo(commits);
        rig.awaitReset(app, mode);
      }
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(1 + (idle ? 20 : 25));
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }
}

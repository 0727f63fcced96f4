package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Case 9: a WAL that keeps its size while its content is replaced, as after each RESTART; also with
 * as many frames and commits as before, so that only the salts, or only the counter, differ.
 */
class Case09WalOfTheSameSizeTest extends CaptureTestBase {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itsNewContentIsCaptured(boolean looksInBetween) throws Exception {
    Path wal = WalConnection.walOf(rig.database);
    try (SqliteConnection app = rig.applicationWithRows(90)) {
      app.query("PRAGMA wal_autocheckpoint=0");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitReset(app, "TRUNCATE");
      long size = 0;
      for (int round = 1; round <= 6; round++) {
        for (int id = 1; id <= 90; id += 30) { // as many frames each time
          app.execute("UPDATE t SET b = randomblob(1300) WHERE id = " + id);
          if (looksInBetween) {
            rig.poll();
          }
        }
        if (round > 1) {
          assertThat(Files.size(wal)).isEqualTo(size);
        }
        size = Files.size(wal);
        long commits = 3L * round;
        rig.pollUntil("the commits", s -> s.commits() == commits);
        rig.awaitCopyEquals(app);
        rig.awaitReset(app, "RESTART");
      }
      assertThat(rig.copy.history().states()).hasSize(19);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }
}

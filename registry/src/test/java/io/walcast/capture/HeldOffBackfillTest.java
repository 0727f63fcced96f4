package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.Eventually;
import io.walcast.testkit.SqliteConnection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A WAL that was not reset when it could have been: until the capture is there to have it reset,
 * the application's checkpoints have nothing to do, and neither fail nor stay away for long.
 */
class HeldOffBackfillTest extends CaptureTestBase {

  private static final String PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)";

  private SqliteConnection app;
  private int filled;

  /** What a PASSIVE checkpoint answers. */
  private record Answer(int busy, int frames, int filled) {
    static Answer of(SqliteConnection app) {
      List<String> row = app.query(PASSIVE).get(0);
      return new Answer(
          Integer.parseInt(row.get(0)), Integer.parseInt(row.get(1)), Integer.parseInt(row.get(2)));
    }
  }

  @BeforeEach
  void missAReset() throws Exception {
    app = rig.applicationWithRows(50);
    app.query("PRAGMA wal_autocheckpoint=0");
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    CaptureRig.insert(app, 3);
    rig.pollUntil("the commit", s -> s.commits() == 1);
    Answer all = Answer.of(app);
    assertThat(all.filled()).isEqualTo(all.frames()).isPositive();
    filled = all.filled();
    CaptureRig.insert(app, 3); // before the capture has seen that all is back-filled
  }

  @Test
  void aCheckpointHasNothingToDoAtFirstAndLaterAll() {
    rig.pollUntil("the commit", s -> s.commits() == 2);
    Answer heldOff = Answer.of(app);
    assertThat(heldOff.busy()).isZero();
    assertThat(heldOff.frames()).as("it was not reset").isGreaterThan(filled);
    assertThat(heldOff.filled()).isEqualTo(filled);
    Answer later = awaitAllFilled();
    assertThat(later.frames()).isEqualTo(heldOff.frames());
    goesOn();
  }

  @ParameterizedTest
  @ValueSource(strings = {"RESTART", "TRUNCATE"})
  void aCheckpointThatWaitsGetsThrough(String mode) {
    rig.pollUntil("the commit", s -> s.commits() == 2);
    rig.awaitReset(app, mode);
    goesOn();
  }

  /** A reader that has the slot keeps it; its snapshot is what it was. */
  @Test
  void aReaderIsNotDisturbed() {
    try (SqliteConnection reader = rig.application()) {
      reader.execute("BEGIN");
      String before = reader.dumpHash();
      for (int i = 2; i <= 5; i++) {
        int commits = i;
        rig.pollUntil("the commit", s -> s.commits() == commits);
        Answer.of(app);
        CaptureRig.insert(app, 3);
      }
      assertThat(reader.dumpHash()).isEqualTo(before);
      reader.execute("COMMIT");
    }
    awaitAllFilled();
    goesOn();
  }

  @Test
  void itEndsWithTheCapture() throws Exception {
    rig.pollUntil("the commit", s -> s.commits() == 2);
    rig.stop();
    Answer after = Answer.of(app);
    assertThat(after.filled()).isEqualTo(after.frames());
    rig.start();
    rig.pollUntil(CaptureState.ATTACHED);
    CaptureRig.insert(app, 3);
    rig.awaitCopyEquals(app);
    assertThat(rig.status().resyncs()).isEmpty();
    app.close();
  }

  private Answer awaitAllFilled() {
    return Eventually.until(
        CaptureRig.PATIENCE,
        "a checkpoint of all",
        () -> {
          rig.poll();
          return Answer.of(app);
        },
        a -> a.filled() == a.frames());
  }

  private void goesOn() {
    CaptureRig.insert(app, 3);
    rig.awaitCopyEquals(app);
    assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    app.close();
  }
}

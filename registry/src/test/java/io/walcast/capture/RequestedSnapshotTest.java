package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A snapshot that somebody asks for is taken in every state, and nothing is lost around it. */
class RequestedSnapshotTest extends CaptureTestBase {

  private void assertSnapshotComes(String when) throws Exception {
    long before = rig.status().snapshots();
    int published = rig.copy.published().size();
    rig.capture().requestSnapshot();
    rig.pollUntil("a snapshot " + when, status -> status.snapshots() > before);
    assertThat(rig.status().snapshots()).isEqualTo(before + 1);
    assertThat(rig.status().resyncs()).containsEntry(ResyncReason.REQUESTED, before);
    rig.pollUntil("it is published", status -> rig.copy.published().size() > published);
    assertThat(rig.copy.published().get(published).snapshot()).isTrue();
  }

  @Test
  void whileTheApplicationWrites() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(500)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int i = 0; i < 5; i++) {
        CaptureRig.insert(app, 10);
        assertSnapshotComes("of an open database");
        CaptureRig.insert(app, 10);
        rig.awaitCopyEquals(app);
      }
    }
  }

  @Test
  void whenNobodyHasItOpenAndWhenItRests() throws Exception {
    rig.applicationWithRows(500).close();
    rig.start(CaptureOptions.defaults().withRest(Duration.ZERO, Duration.ofHours(1)));
    rig.pollUntil(CaptureState.CLOSED);
    rig.pollUntil("it rests", status -> rig.capture().isResting());
    assertSnapshotComes("of a closed database");
    rig.pollUntil("it rests again", status -> rig.capture().isResting());
    assertSnapshotComes("once more");
    rig.awaitCopyEqualsPrimary();
  }

  @Test
  void ofAnOpenDatabaseAtRest() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(500)) {
      rig.start(CaptureOptions.defaults().withRest(Duration.ZERO, Duration.ofHours(1)));
      rig.pollUntil(CaptureState.ATTACHED);
      rig.pollUntil("it rests", status -> rig.capture().isResting());
      assertSnapshotComes("of an open database at rest");
      CaptureRig.insert(app, 10);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void aRequestBeforeTheDatabaseIsFoundIsNotForgotten() throws Exception {
    rig.start();
    rig.capture().requestSnapshot();
    rig.pollUntil(CaptureState.ABSENT);
    try (SqliteConnection app = rig.applicationWithRows(10)) {
      rig.pollUntil("the first and the requested one", status -> status.snapshots() == 2);
      rig.awaitCopyEquals(app);
    }
  }
}

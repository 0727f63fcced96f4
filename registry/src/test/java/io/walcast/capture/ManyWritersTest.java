package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.Eventually;
import io.walcast.testkit.RecordingReader;
import io.walcast.testkit.RecordingReader.View;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.WriterWorkload;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several applications at once, in three languages and with two versions of SQLite. What a reader
 * saw in between has to be what the captured frames come to at the same commit, page by page.
 */
class ManyWritersTest extends CaptureTestBase {

  private static final int VIEWS = 100;
  private static final long SEED =
      Long.getLong("walcast.seed", ThreadLocalRandom.current().nextInt(1 << 20));

  @ParameterizedTest
  @CsvSource({"OFF,10", "NORMAL,100", "FULL,1000"})
  void aHundredViewsOfAReaderAreWhatWasCaptured(String synchronous, int autoCheckpointPages)
      throws Exception {
    System.out.println("many writers, seed " + SEED);
    try (SqliteConnection app = rig.applicationWithRows(50);
        WriterWorkload java =
            WriterWorkload.start(
                WriterWorkload.Options.of(rig.database, SEED)
                    .withAutoCheckpointPages(autoCheckpointPages)
                    .leavingWal());
        RecordingReader reader = RecordingReader.start(rig.database)) {
      java.awaitCommits(20);
      rig.start();
      rig.startPolling();
      try (ForeignWriter python =
              ForeignWriter.python(rig.database, SEED, synchronous, autoCheckpointPages, "py");
          ForeignWriter shell =
              ForeignWriter.shell(rig.database, SEED, synchronous, autoCheckpointPages)) {
        long before = java.commits();
        reader.awaitViews(reader.views().size() + 3 * VIEWS / 2);
        java.awaitCommits(before + 200);
        python.finish();
        shell.finish();
      }
      java.finish();
      View end = lastView(reader);
      rig.stopPolling();
      rig.awaitCopyEquals(app);
      System.out.println(rig.status());
      assertThat(rig.copy.history().check(reader.finish(), end)).isGreaterThanOrEqualTo(VIEWS);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  /** Everybody has stopped writing: two views one after the other are of the last commit. */
  static View lastView(RecordingReader reader) {
    int seen = reader.views().size();
    List<View> views =
        Eventually.until(
            CaptureRig.PATIENCE, "two more views", reader::views, v -> v.size() >= seen + 2);
    return views.get(views.size() - 1);
  }
}

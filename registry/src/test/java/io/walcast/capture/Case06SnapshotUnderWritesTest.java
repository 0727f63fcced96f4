package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.testkit.RecordingReader;
import io.walcast.testkit.RecordingReader.View;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.WriterWorkload;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Case 6: a snapshot whose reads are slow, while the application commits, checkpoints and wants to
 * reset the WAL between any two of them. Every state from the snapshot on has to be one that a
 * reader could have seen.
 */
class Case06SnapshotUnderWritesTest extends CaptureTestBase {

  private static final long SEED =
      Long.getLong("walcast.seed", ThreadLocalRandom.current().nextInt(1 << 20));
  private final ThrottledIo io = new ThrottledIo();

  @Override
  Io io() {
    return io;
  }

  /**
   * Between any two reads of the database file: updates everywhere, a checkpoint, a reset if it
   * can.
   */
  @Test
  void everythingChangesBetweenAnyTwoReads() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(6000);
        RecordingReader reader = RecordingReader.start(rig.database)) {
      app.query("PRAGMA wal_autocheckpoint=0");
      app.query("PRAGMA busy_timeout=0");
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      AtomicInteger reads = new AtomicInteger();
      io.beforeReads(
          rig.database::equals,
          position -> {
            reads.incrementAndGet();
            for (int i = 0; i < 3; i++) {
              app.execute("UPDATE t SET b = randomblob(1300) WHERE id % 97 = abs(random() % 97)");
              app.query("PRAGMA wal_checkpoint(PASSIVE)");
              app.query("PRAGMA wal_checkpoint(" + (i == 1 ? "TRUNCATE)" : "RESTART)"));
            }
          });
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      io.beforeReads(path -> false, position -> {});
      assertThat(reads.get()).as("reads during the snapshot").isGreaterThan(10);
      View snapshot = ManyWritersTest.lastView(reader);
      for (int i = 0; i < 5; i++) {
        CaptureRig.insert(app, 3);
        rig.poll();
      }
      View end = ManyWritersTest.lastView(reader);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.published().get(0).snapshot()).isTrue();
      assertThat(rig.copy.history().check(reader.finish(), end)).isPositive();
      assertThat(rig.copy.history().states())
          .contains(new CapturedHistory.State(snapshot.pages(), snapshot.sum()));
    }
  }

  /**
   * The hostile writer grows, shrinks and vacuums meanwhile; three snapshots, one after another.
   */
  @Test
  void snapshotsBesideAHostileWriter() throws Exception {
    System.out.println("snapshots, seed " + SEED);
    try (WriterWorkload writer =
        WriterWorkload.start(
            WriterWorkload.Options.of(rig.database, SEED)
                .withAutoCheckpointPages(10)
                .withPauseMicros(300)
                .leavingWal())) {
      writer.awaitCommits(100);
      try (RecordingReader reader = RecordingReader.start(rig.database);
          SqliteConnection app = sqlite.open(rig.database)) {
        for (int i = 1; i <= 3; i++) {
          io.beforeReads(
              rig.database::equals, position -> writer.awaitCommits(writer.commits() + 2));
          rig.start(CaptureOptions.defaults().withMinimumEpoch(0xf000_0000 + 100 * i)); // a new log
          rig.pollUntil(CaptureState.ATTACHED);
          io.beforeReads(path -> false, position -> {});
          rig.startPolling();
          reader.awaitViews(reader.views().size() + 20);
          rig.stopPolling();
          if (i < 3) {
            rig.kill();
          }
        }
        rig.startPolling();
        writer.finish();
        View end = ManyWritersTest.lastView(reader);
        rig.stopPolling();
        rig.awaitCopyEquals(app);
        assertThat(rig.status().snapshots()).isEqualTo(1);
        assertThat(rig.copy.history().check(reader.finish(), end)).isGreaterThan(10);
      }
    }
  }
}

package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import io.walcast.testkit.WriterWorkload;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Writers that spill, roll back, vacuum, checkpoint and die, while the capture looks on. */
class HostileWriterTest extends CaptureTestBase {

  private WriterWorkload.Options options() {
    return WriterWorkload.Options.of(rig.database, System.nanoTime() & 0xffff);
  }

  @Test
  void everyTransactionOfAHostileWriterIsCapturedWithoutAResync() throws Exception {
    try (WriterWorkload writer =
        WriterWorkload.start(options().withAutoCheckpointPages(10).leavingWal())) {
      writer.awaitCommits(50);
      rig.start();
      rig.startPolling();
      writer.awaitCommits(500);
      WriterWorkload.Result result = writer.finish();
      rig.stopPolling();
      System.out.println(result.json() + " " + rig.poll());
      rig.awaitCopyEqualsPrimary();
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  @Test
  void checkpointsThatResetTheWalAreSeenThroughUnderLoad() throws Exception {
    try (WriterWorkload writer =
            WriterWorkload.start(
                options().withAutoCheckpointPages(50).withPauseMicros(300).leavingWal());
        SqliteProcess other = SqliteProcess.start()) {
      writer.awaitCommits(20);
      rig.start();
      rig.startPolling();
      try (SqliteConnection checkpointer = other.open(rig.database)) {
        for (int i = 0; i < 12; i++) {
          long before = writer.commits();
          checkpointer.query(
              i % 2 == 0 ? "PRAGMA wal_checkpoint(RESTART)" : "PRAGMA wal_checkpoint(TRUNCATE)");
          writer.awaitCommits(before + 5);
        }
      }
      WriterWorkload.Result result = writer.finish();
      rig.stopPolling();
      System.out.println(result.json() + " " + rig.poll());
      rig.awaitCopyEqualsPrimary();
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  @Test
  void aWriterKilledInsideACommitLeavesNothingHalf() throws Exception {
    rig.start();
    rig.startPolling();
    for (int i = 1; i <= 4; i++) {
      try (WriterWorkload writer =
          WriterWorkload.start(options().withAutoCheckpointPages(30).leavingWal())) {
        writer.awaitCommits(100);
        writer.kill();
      }
    }
    rig.stopPolling();
    System.out.println(rig.poll());
    rig.awaitCopyEqualsPrimary();
    assertThat(rig.status().snapshots()).isLessThanOrEqualTo(4);
  }

  @Test
  void theCaptureIsKilledAgainAndAgain() throws Exception {
    try (WriterWorkload writer =
        WriterWorkload.start(options().withAutoCheckpointPages(200).leavingWal())) {
      writer.awaitCommits(20);
      for (int i = 0; i < 6; i++) {
        rig.start();
        rig.startPolling();
        writer.awaitCommits(writer.commits() + 60);
        rig.kill();
      }
      rig.start();
      rig.startPolling();
      writer.finish();
      rig.stopPolling();
      System.out.println(rig.poll());
      rig.awaitCopyEqualsPrimary();
    }
  }

  @Test
  void aSnapshotUnderHeavyWritesIsSoundByItself() throws Exception {
    try (WriterWorkload writer =
        WriterWorkload.start(options().withAutoCheckpointPages(20).leavingWal())) {
      writer.awaitCommits(100);
      for (int i = 0; i < 8; i++) {
        writer.awaitCommits(writer.commits() + 10);
        rig.start(CaptureOptions.defaults().withMinimumEpoch(100 * (i + 1))); // a new log
        rig.pollUntil(CaptureState.ATTACHED);
        assertThat(rig.copy.published()).hasSize(i + 1);
        assertThat(sqlite.integrityCheck(rig.copyPath)).isEmpty();
        rig.kill();
      }
    }
  }
}

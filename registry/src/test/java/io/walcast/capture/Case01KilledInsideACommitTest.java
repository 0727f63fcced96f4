package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalDamagedException;
import io.walcast.sqlite.WalFrames;
import io.walcast.sqlite.WalHeader;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Case 1: a writer is killed inside a commit, when its frames are in the WAL, whole and with their
 * checksums, and the wal-index does not have them yet. Nobody ever commits them: the next writer
 * overwrites them.
 */
class Case01KilledInsideACommitTest extends CaptureTestBase {

  @ParameterizedTest
  @CsvSource({"1,30", "30,1", "12,12"})
  void framesThatAScanWouldTakeForCommittedAreNotCaptured(int killedRows, int nextRows)
      throws Exception {
    Path shm = WalConnection.shmOf(rig.database);
    Path saved = directory.resolve("saved");
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      CaptureRig.insert(app, 5);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      int committed = commitsOfAScan();
      Outside.saveHeaders(shm, saved);
      try (SqliteProcess victim = SqliteProcess.start()) {
        CaptureRig.insert(victim.open(rig.database), killedRows);
      }
      Outside.restoreHeaders(saved, shm); // killed before it stored them
      assertThat(commitsOfAScan()).as("commits that a scan sees").isEqualTo(committed + 1);

      assertThat(app.queryLong("SELECT count(*) FROM t")).isEqualTo(55);
      for (int i = 0; i < 20; i++) {
        assertThat(rig.poll().commits()).isEqualTo(1);
      }
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, nextRows);
      rig.pollUntil("the next commit", s -> s.commits() == 2);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.history().states()).hasSize(3);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
    }
  }

  /** The same while the capture is down: what is committed is not in doubt for the survivor. */
  @ParameterizedTest
  @CsvSource({"1,30", "30,1"})
  void norWhenTheCaptureStartsJustThen(int killedRows, int nextRows) throws Exception {
    Path shm = WalConnection.shmOf(rig.database);
    Path saved = directory.resolve("saved");
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.stop();
      Outside.saveHeaders(shm, saved);
      try (SqliteProcess victim = SqliteProcess.start()) {
        CaptureRig.insert(victim.open(rig.database), killedRows);
      }
      Outside.restoreHeaders(saved, shm);
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      CaptureRig.insert(app, nextRows);
      rig.pollUntil("the next commit", s -> s.commits() == 1);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isZero();
    }
  }

  /** What is committed for somebody who goes by salts and checksums alone. */
  private int commitsOfAScan() throws IOException {
    Path copy = directory.resolve("scanned-wal");
    Outside.copyInto(WalConnection.walOf(rig.database), copy);
    int commits = 0;
    try (StorageFile wal = new StandardIo().open(copy, Io.OpenMode.READ)) {
      WalHeader header = WalHeader.read(wal).orElseThrow();
      int frameBytes = WalHeader.FRAME_HEADER_LENGTH + header.pageSize();
      WalFrames frames =
          new WalFrames(
              wal,
              header.pageSize(),
              header.salt1(),
              header.salt2(),
              header.bigEndianChecksum(),
              1,
              (int) ((wal.size() - WalHeader.LENGTH) / frameBytes),
              header.checksum());
      while (frames.next()) {
        commits += frames.sizeAfter() == 0 ? 0 : 1;
      }
    } catch (WalDamagedException e) {
      return commits; // the end of the chain
    }
    return commits;
  }
}

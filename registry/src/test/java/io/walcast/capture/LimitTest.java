package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kafka is away for long, or the disk is full: the application goes on, capture recovers. */
class LimitTest extends CaptureTestBase {

  private static final long LIMIT = 400_000;

  private final WorldIo world = new WorldIo();

  @Override
  Io io() {
    return world;
  }

  private void start() {
    rig.start(CaptureOptions.defaults().withWalHold(WalHold.NEVER).withMaxWaitingBytes(LIMIT));
  }

  private long bytesOfSegments() throws Exception {
    long bytes = 0;
    for (Path segment : rig.segments()) {
      bytes += Files.size(segment);
    }
    return bytes;
  }

  /** Commits until capture has had enough. */
  private void commitUntilWaiting(SqliteConnection app) throws Exception {
    for (int i = 0; rig.status().state() != CaptureState.WAITING; i++) {
      assertThat(i).isLessThan(100);
      CaptureRig.insert(app, 20);
      rig.poll();
      rig.poll();
      rig.seal();
      assertThat(bytesOfSegments()).isLessThan(3 * LIMIT);
    }
  }

  @Test
  void whatKafkaDoesNotTakeIsDroppedAndADifferenceTakesItsPlace() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(100)) {
      start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.copy.goAway();
      commitUntilWaiting(app);
      assertThat(bytesOfSegments()).isLessThan(LIMIT);
      assertThat(rig.status().detail()).contains("Kafka");
      CaptureRig.insert(app, 20);
      app.execute("DELETE FROM t WHERE id < 60");
      assertThat(app.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("0");
      assertThat(rig.poll().state()).isEqualTo(CaptureState.WAITING);

      rig.copy.comeBack();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().resyncs())
          .isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L, ResyncReason.SEGMENTS_DROPPED, 1L));
      assertThat(rig.status().differences()).isEqualTo(1);
      CaptureRig.insert(app, 5);
      rig.awaitCopyEquals(app);
      assertThat(rig.state.resolve(".dropped")).doesNotExist();
    }
  }

  /** The copy has them; a page that looks again as before them is not as the copy has it. */
  @Test
  void droppedSegmentsMayHaveArrivedAllTheSame() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(100)) {
      app.execute("CREATE TABLE keep AS SELECT b FROM t WHERE id = 7");
      start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.copy.withholdAcknowledgements();
      CaptureRig.insert(app, 1);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.seal(); // the one that stays
      app.execute("UPDATE t SET b = zeroblob(1300) WHERE id = 7");
      rig.pollUntil("the commit", s -> s.commits() == 2);
      rig.seal();
      commitUntilWaiting(app);
      app.execute("UPDATE t SET b = (SELECT b FROM keep) WHERE id = 7");
      rig.copy.comeBack();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().differences()).isEqualTo(1);
      rig.awaitCopyEquals(app);
    }
  }

  @Test
  void pagesBeyondTheSmallestSizeOfDroppedSegmentsAreWrittenAnew() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(300)) {
      app.execute("CREATE TABLE keep AS SELECT * FROM t");
      start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.copy.withholdAcknowledgements();
      CaptureRig.insert(app, 1);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.seal(); // the one that stays
      Path before = directory.resolve("before.db");
      app.execute("VACUUM INTO '" + before + "'");
      app.execute("DELETE FROM t");
      app.execute("DELETE FROM keep");
      app.execute("VACUUM");
      rig.pollUntil("the commits", s -> s.commits() == 4);
      rig.seal();
      commitUntilWaiting(app);
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      app.execute("ATTACH '" + before + "' AS b");
      app.execute("DELETE FROM t");
      app.execute("INSERT INTO keep SELECT * FROM b.keep");
      app.execute("INSERT INTO t SELECT * FROM b.t");
      app.execute("DETACH b");
      rig.copy.comeBack();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().differences()).isEqualTo(1);
    }
  }

  @Test
  void aRestartWhileItWaitsComparesToo() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(100)) {
      app.execute("CREATE TABLE keep AS SELECT b FROM t WHERE id = 7");
      start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.copy.withholdAcknowledgements();
      CaptureRig.insert(app, 1);
      rig.pollUntil("the commit", s -> s.commits() == 1);
      rig.seal();
      app.execute("UPDATE t SET b = zeroblob(1300) WHERE id = 7");
      rig.pollUntil("the commit", s -> s.commits() == 2);
      rig.seal();
      commitUntilWaiting(app);
      rig.kill();
      List<RebuiltCopy.Published> before = rig.copy.published();
      app.execute("UPDATE t SET b = (SELECT b FROM keep) WHERE id = 7");
      rig.copy.comeBack();
      start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(rig.status().snapshots()).isZero();
      assertThat(rig.status().differences()).isEqualTo(1);
      rig.awaitCopyEquals(app);
      assertThat(rig.copy.published().get(before.size()).logId()).isEqualTo(before.get(0).logId());
    }
  }

  @Test
  void aFullDiskStopsCaptureAloneAndItGoesOnByItself() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(100)) {
      start();
      rig.pollUntil(CaptureState.ATTACHED);
      world.fullDiskFor(path -> path.startsWith(rig.state));
      CaptureRig.insert(app, 30);
      rig.pollUntil(CaptureState.REFUSED);
      assertThat(rig.status().refusal()).isEqualTo(Refusal.DISK_FULL);
      assertThat(rig.status().detail()).contains("no space left").contains(rig.state.toString());
      CaptureRig.insert(app, 30);
      assertThat(app.query("PRAGMA wal_checkpoint(TRUNCATE)").get(0).get(0)).isEqualTo("0");
      CaptureRig.insert(app, 30);
      rig.poll();
      assertThat(rig.status().state()).isEqualTo(CaptureState.REFUSED);
      world.fullDiskFor(path -> false);
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitCopyEquals(app);
      assertThat(rig.status().snapshots()).isEqualTo(1);
    }
  }
}

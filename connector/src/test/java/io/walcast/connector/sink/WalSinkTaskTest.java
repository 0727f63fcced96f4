package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.management.JMException;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.Test;

/** The task from records to databases that stock SQLite reads in another process. */
class WalSinkTaskTest extends SinkTaskFixture {

  @Test
  void aSnapshotAndWhatFollowsMakeALiveReplica() throws IOException {
    run.send("app/a", primary.snapshot());
    primary.insert(20);
    run.send("app/a", primary.changes());
    primary.sql.execute("DELETE FROM t WHERE id % 3 = 0");
    run.send("app/a", primary.changes());
    assertFollows("app/a");
    ReplicaStatus status = run.status("app/a");
    assertThat(status.appliedSegments()).isEqualTo(3);
    assertThat(status.lastAppliedSealedAtMs()).isEqualTo(999L + run.partition().size());
    assertThat(run.committable()).isEqualTo(run.partition().size());
  }

  @Test
  void aReplicaShrinksWithItsPrimary() throws IOException {
    run.send("a", primary.snapshot());
    primary.sql.execute("DELETE FROM t WHERE id > 5");
    primary.sql.execute("VACUUM");
    run.send("a", primary.changes(9)); // the last frames were of pages that are gone
    assertFollows("a");
    primary.insert(5);
    run.send("a", primary.changes());
    assertFollows("a");
    restart();
    assertFollows("a");
    primary.insert(5);
    run.send("a", primary.changes());
    assertFollows("a");
  }

  @Test
  void whatIsNotWholeIsNotCommitted() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    long whole = run.partition().size();
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(0, 3));
    assertThat(run.committable()).isEqualTo(whole);
    run.send("a", changes.subList(3, changes.size()));
    assertFollows("a");
    assertThat(run.committable()).isEqualTo(run.partition().size());
  }

  @Test
  void whatIsNotForcedIsNotCommitted() throws IOException {
    run.close();
    UnforceableIo disk = new UnforceableIo();
    run = new TaskRun(replicas, Map.of(), new ArrayList<>(), disk.io());
    run.send("a", primary.snapshot());
    primary.insert(3); // the first change after the snapshot starts the WAL, and syncs its header
    run.send("a", primary.changes());
    run.awaitApplied("a", primary.lastFrameNo);
    assertThat(run.committable()).isEqualTo(run.partition().size());
    long forced = run.partition().size();
    disk.failing = true;
    primary.insert(3);
    run.send("a", primary.changes());
    run.awaitApplied("a", primary.lastFrameNo);
    assertThat(run.committable()).isEqualTo(forced);
    disk.failing = false;
    assertThat(run.committable()).isEqualTo(run.partition().size());
  }

  @Test
  void replayFromTheBeginningIsHarmless() throws IOException {
    run.send("a", primary.snapshot());
    primary.insert(20);
    run.send("a", primary.changes());
    assertFollows("a");
    run.context.offset(TaskRun.PARTITION, 0);
    run.poll();
    assertThat(run.status("a").skippedSegments()).isEqualTo(2);
    assertFollows("a");
    restart();
    assertThat(run.status("a").skippedSegments()).isEqualTo(2);
    assertThat(run.status("a").state()).isEqualTo("FOLLOWING");
    primary.insert(3);
    run.send("a", primary.changes());
    assertFollows("a");
  }

  @Test
  void aSegmentThatWasCutOffBeginsAgain() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot.subList(0, snapshot.size() / 2));
    run.send("a", snapshot);
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(0, changes.size() - 1));
    run.send("a", changes);
    assertFollows("a");
  }

  @Test
  void aBatchThatComesTwiceIsTakenOnce() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot.subList(0, 6));
    run.send("a", snapshot.subList(3, snapshot.size()));
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(0, 6));
    run.send("a", changes.subList(2, changes.size()));
    run.send("a", changes.subList(changes.size() - 2, changes.size()));
    assertFollows("a");
  }

  @Test
  void aSegmentThatLostItsEndIsAGapBeforeTheNext() throws IOException {
    run.send("a", primary.snapshot());
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(0, changes.size() - 1));
    primary.insert(3);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void aGapWaitsForASnapshotAndHoldsNobodyBack() throws IOException {
    run.send("a", primary.snapshot());
    run.send("b", run.partition().stream().map(r -> (byte[]) r.value()).toList());
    long have = primary.lastFrameNo;
    primary.insert(3);
    primary.changes(); // never sent
    primary.insert(3);
    List<byte[]> gap = primary.changes();
    run.send("a", gap);
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(run.status("a").reason()).contains("have frame " + have, "got segment");
    assertThat(run.status("b").state()).isEqualTo("FOLLOWING");
    run.awaitApplied("a", have);
    run.awaitApplied("b", have);
    assertThat(run.committable()).isEqualTo(run.partition().size());
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void withoutASnapshotNothingBegins() throws IOException {
    primary.snapshot();
    primary.insert(3);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(replicas.resolve("a.db")).doesNotExist();
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot.subList(2, snapshot.size())); // its beginning is lost
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    run.send("a", snapshot);
    assertFollows("a");
  }

  @Test
  void aLowerEpochIsRefusedAndTheReplicaGoesOn() throws IOException {
    primary.epoch = 5;
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    long have = primary.lastFrameNo;
    primary.epoch = 4;
    primary.insert(3);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo("FOLLOWING");
    assertThat(run.status("a").receivedFrame()).isEqualTo(have);
    primary.epoch = 5;
    primary.lastFrameNo = have;
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void aHigherEpochOfTheSameLogGoesOnAndIsRemembered() throws IOException {
    run.send("a", primary.snapshot());
    primary.epoch = 2;
    primary.insert(3);
    run.send("a", primary.changes());
    assertFollows("a");
    assertThat(run.status("a").epoch()).isEqualTo(2);
    restart();
    assertThat(run.status("a").epoch()).isEqualTo(2);
    assertFollows("a");
  }

  @Test
  void anotherLogNeedsASnapshotInAHigherEpoch() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    primary.logId = UUID.randomUUID();
    primary.lastFrameNo = 0;
    run.send("a", primary.snapshot()); // same epoch: whoever sends it was never in charge
    assertThat(run.status("a").state()).isEqualTo("FOLLOWING");
    primary.epoch = 2;
    primary.insert(10);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    primary.lastFrameNo = 0;
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot.subList(0, 5));
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    run.send("a", snapshot);
    assertFollows("a");
    restart();
    assertFollows("a");
  }

  @Test
  void aReplicaThatSomebodyWroteToHasDiverged() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    try (SqliteConnection foreign = sqlite.open(replicas.resolve("a.db"))) {
      foreign.execute("DELETE FROM t");
    }
    primary.insert(3);
    run.send("a", primary.changes());
    run.awaitStatus("a", status -> status.state().equals("DIVERGED"));
    assertThat(run.status("a").reason()).contains("a.db");
    assertThat(run.committable()).isEqualTo(run.partition().size());
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void aNullValueIsIgnoredUnlessDeletionIsEnabled() throws IOException {
    run.send("a", primary.snapshot());
    run.send(bytes("a"), null);
    primary.insert(3);
    run.send("a", primary.changes());
    assertFollows("a");
  }

  @Test
  void aNullValueDeletesWhereEnabled() throws IOException {
    run.close();
    run = new TaskRun(replicas, Map.of("delete.enabled", "true"));
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    run.send(bytes("a"), null);
    assertThat(replicas.resolve("a.db")).doesNotExist();
    assertThat(replicas.resolve("a.db-wal")).doesNotExist();
    assertThat(replicas.resolve("a.db-shm")).doesNotExist();
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(run.committable()).isEqualTo(run.partition().size());
    primary.logId = UUID.randomUUID();
    primary.lastFrameNo = 0;
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void whileAnotherTaskHasTheReplicaItsRecordsAreHeldAndReadAgain() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    try (TaskRun second = new TaskRun(replicas, Map.of("walcast.task", "1"))) {
      primary.insert(30);
      List<byte[]> changes = primary.changes();
      List<byte[]> other = primary.snapshot();
      second.send("b", other);
      second.send("a", changes);
      second.awaitStatus("a", status -> status.state().equals("RETRYING"));
      second.awaitApplied("b", primary.lastFrameNo);
      assertThat(second.committable()).isEqualTo(other.size());
      run.revoke();
      second.awaitStatus("a", status -> status.state().equals("FOLLOWING"));
      assertThat(second.status("b").skippedSegments()).isZero();
      second.send("a", other);
      second.awaitApplied("a", primary.lastFrameNo);
      assertThat(second.committable()).isEqualTo(second.partition().size());
      assertThat(image("a")).isEqualTo(primary.image());
    }
  }

  @Test
  void tooMuchToFoldPausesAndAReplicaThatCannotBeWrittenStopsAlone() throws IOException {
    run.close();
    run = new TaskRun(replicas, Map.of("buffer.max.bytes", "1"));
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot);
    run.send("b", snapshot);
    run.awaitApplied("a", primary.lastFrameNo);
    run.awaitApplied("b", primary.lastFrameNo);
    run.poll();
    long folded = run.partition().size();
    try (SqliteConnection foreign = sqlite.open(replicas.resolve("a.db"))) {
      foreign.execute("BEGIN IMMEDIATE");
      primary.insert(3);
      List<byte[]> changes = primary.changes();
      run.send("a", changes);
      assertThat(run.context.paused).containsExactly(TaskRun.PARTITION);
      assertThat(run.context.timeoutMs).isPositive();
      assertThat(run.committable()).isEqualTo(folded);
      run.awaitStatus("a", status -> status.state().equals("RETRYING"));
      run.poll();
      assertThat(run.context.paused).isEmpty();
      run.send("b", changes);
      run.awaitApplied("b", primary.lastFrameNo);
      assertThat(run.committable()).isEqualTo(folded);
      foreign.execute("ROLLBACK");
    }
    assertFollows("a");
    assertFollows("b");
    assertThat(run.committable()).isEqualTo(run.partition().size());
  }

  @Test
  void whatIsLeftOfSegmentsOnDiskDoesNotMatter() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    run.close();
    Path segments = Files.createDirectories(replicas.resolve(".walcast/a/.wal"));
    Files.writeString(segments.resolve("00000000000000000001.seg"), "cut off");
    restart();
    primary.insert(3);
    run.send("a", primary.changes());
    assertFollows("a");
  }

  @Test
  void theStateShowsThroughJmx() throws IOException, JMException {
    run.send("a", primary.snapshot());
    run.send(bytes("../b"), new byte[1]);
    run.awaitApplied("a", primary.lastFrameNo);
    var server = ManagementFactory.getPlatformMBeanServer();
    var name = SinkTaskStatus.objectName("test-sink", 0);
    assertThat(name).hasToString("io.walcast:type=sink-task,connector=test-sink,task=0");
    assertThat(server.getAttribute(name, "HostileRecords")).isEqualTo(1L);
    assertThat(server.getAttribute(name, "Records")).isEqualTo((long) run.partition().size());
    assertThat(server.getAttribute(name, "AppliedSegments")).isEqualTo(1L);
    CompositeData row = ((CompositeData[]) server.getAttribute(name, "Replicas"))[0];
    assertThat(row.get("namespace")).isEqualTo("a");
    assertThat(row.get("state")).isEqualTo("FOLLOWING");
    assertThat(row.get("reason")).isEqualTo("");
    assertThat(row.get("receivedFrame")).isEqualTo(primary.lastFrameNo);
    assertThat(row.get("appliedFrame")).isEqualTo(primary.lastFrameNo);
    assertThat(row.get("epoch")).isEqualTo(1L);
    run.close();
    assertThat(server.isRegistered(name)).isFalse();
  }
}

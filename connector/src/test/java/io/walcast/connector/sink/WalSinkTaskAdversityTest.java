package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import javax.management.JMException;
import org.junit.jupiter.api.Test;

/**
 * What must not make a replica a mixture of states, or take it out of service for good: frames that
 * arrive in the wrong company, restarts at the wrong moment, files that somebody touched.
 */
class WalSinkTaskAdversityTest extends SinkTaskFixture {

  @Test
  void framesOfASupersededCapturerInTheMiddleOfASegmentDoNotTearIt() throws IOException {
    run.send("a", primary.snapshot());
    primary.insert(30);
    List<byte[]> zombie = primary.changes();
    primary.lastFrameNo -= zombie.size();
    primary.epoch = 2;
    primary.insert(3);
    List<byte[]> changes = union(zombie, primary.changes());
    run.send("a", changes.subList(0, 4));
    run.send("a", zombie.subList(0, 2));
    run.send("a", changes.subList(4, changes.size()));
    assertSettled("a");
    assertThat(run.status("a").epoch()).isEqualTo(2);
  }

  @Test
  void framesThatTheReplicaHasInTheMiddleOfASegmentDoNotTearIt() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot);
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(0, 4));
    run.send("a", snapshot.subList(3, snapshot.size()));
    run.send("a", changes.subList(4, changes.size()));
    assertSettled("a");
  }

  @Test
  void whatFollowsOfASegmentThatWasCutOffIsNotTakenForAWholeOne() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    PageImage before = image("a");
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(0, 4));
    long end = primary.lastFrameNo;
    primary.lastFrameNo -= changes.size();
    primary.insert(3);
    run.send("a", primary.changes().subList(0, 1)); // of another segment from the same frame on
    primary.lastFrameNo = end;
    run.send("a", changes.subList(4, changes.size()));
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(run.status("a").reason()).contains("did not come");
    assertThat(image("a")).isEqualTo(before);
    restartAt(run.partition().size() - 3); // what was seen of it before is forgotten
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(image("a")).isEqualTo(before);
    run.send("a", primary.snapshot());
    assertSettled("a");
  }

  @Test
  void aQuarantineOutlivesARestartInTheMiddleOfTheSegment() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    PageImage before = image("a");
    primary.insert(30);
    List<byte[]> changes = new ArrayList<>(primary.changes());
    changes.get(1)[500] ^= 1;
    run.send("a", changes.subList(0, 4));
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    restartAt(run.committable());
    run.send("a", changes.subList(4, changes.size()));
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("a").reason()).contains("CRC32C");
    assertThat(image("a")).isEqualTo(before);
    run.send("a", primary.snapshot());
    assertSettled("a");
    restartAt(run.committable());
    primary.insert(3);
    run.send("a", primary.changes());
    assertSettled("a");
  }

  @Test
  void aHigherEpochThatTakesFrameNumbersAgainNeedsASnapshot() throws IOException {
    run.send("a", primary.snapshot());
    long restored = primary.lastFrameNo;
    primary.insert(30);
    run.send("a", primary.changes());
    run.awaitApplied("a", primary.lastFrameNo);
    primary.lastFrameNo = restored; // the source was restored from a backup
    primary.epoch = 2;
    primary.sql.execute("UPDATE t SET v = randomblob(300) WHERE id < 10");
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    primary.lastFrameNo = restored - 10;
    run.send("a", primary.snapshot());
    assertSettled("a");
    restartAt(0);
    assertSettled("a");
  }

  @Test
  void aSnapshotInAHigherEpochThatEndsInWhatTheReplicaHasIsApplied() throws IOException {
    run.send("a", primary.snapshot());
    primary.insert(300);
    run.send("a", primary.changes());
    run.awaitApplied("a", primary.lastFrameNo);
    primary.sql.execute("DELETE FROM t WHERE id > 5");
    primary.sql.execute("VACUUM");
    primary.lastFrameNo = 0;
    primary.epoch = 2;
    run.send("a", primary.snapshot());
    run.awaitStatus("a", status -> status.epoch() == 2 && status.unfoldedBytes() == 0);
    assertThat(run.status("a").state()).isEqualTo("FOLLOWING");
    assertThat(image("a")).isEqualTo(primary.image());
    primary.insert(3);
    run.send("a", primary.changes());
    run.awaitStatus("a", status -> status.appliedFrame() == primary.lastFrameNo);
    assertThat(image("a")).isEqualTo(primary.image());
  }

  @Test
  void aReplicaThatCouldNotBeOpenedIsOpenedWhenTheCauseIsGone() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    run.close();
    Path inTheWay = replicas.resolve(".walcast/a/.wal/directory/file");
    Files.createDirectories(inTheWay);
    run = new TaskRun(replicas, Map.of(), run.partition());
    run.poll();
    assertThat(run.status("a").state()).isEqualTo("RETRYING");
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    run.awaitStatus("a", status -> status.state().equals("FOLLOWING"));
    assertSettled("a");
  }

  @Test
  void aReplicaWhoseWalWasDeletedHasDiverged() throws IOException {
    run.close();
    run = new TaskRun(replicas, Map.of("wal.checkpoint.frames", "1")); // so the file holds it all
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    Files.delete(replicas.resolve("a.db-wal"));
    Files.delete(replicas.resolve("a.db-shm"));
    primary.insert(3);
    run.send("a", primary.changes());
    run.awaitStatus("a", status -> status.state().equals("DIVERGED"));
    assertThat(run.status("a").reason()).contains("a.db-wal");
    restartAt(run.partition().size() - 1);
    assertThat(run.status("a").state()).isEqualTo("DIVERGED");
    assertThat(run.status("a").reason()).contains("a.db-wal");
    run.send("a", primary.snapshot());
    assertSettled("a");
  }

  @Test
  void aForeignWriteThatLeavesPageOneAloneIsNoticed() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    try (SqliteConnection foreign = sqlite.open(replicas.resolve("a.db"))) {
      foreign.execute("UPDATE t SET v = zeroblob(300) WHERE id = 1");
    }
    primary.insert(3);
    run.send("a", primary.changes());
    run.awaitStatus("a", status -> status.state().equals("DIVERGED"));
    assertThat(run.status("a").reason()).contains("a.db was written to by somebody else");
    run.send("a", primary.snapshot());
    assertSettled("a");
  }

  @Test
  void aNameThatLeadsIntoTheFilesOfAnotherReplicaIsQuarantined() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    for (String name : List.of("a.db/x", "a.db-wal/x", "a.db-shm/x", "a.db-new/x")) {
      run.send(name, snapshot);
      assertThat(run.status(name).state()).isEqualTo("QUARANTINED");
    }
    run.send("a", snapshot);
    assertSettled("a");
  }

  @Test
  void aTaskThatIsLateToStopLeavesItsSuccessorsBean() throws JMException {
    var server = ManagementFactory.getPlatformMBeanServer();
    var name = SinkTaskStatus.objectName("test-sink", 0);
    TaskRun late = run;
    run = new TaskRun(replicas, Map.of());
    late.close();
    assertThat(server.isRegistered(name)).isTrue();
    run.close();
    assertThat(server.isRegistered(name)).isFalse();
  }

  @Test
  void aReplicaIsShownAsItIsFromItsFirstRecordOn() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    run.close();
    run = new TaskRun(replicas, Map.of(), new ArrayList<>(run.partition().subList(0, 1)));
    run.poll();
    ReplicaStatus status = run.status("a");
    assertThat(status.state()).isEqualTo("FOLLOWING");
    assertThat(status.receivedFrame()).isEqualTo(primary.lastFrameNo);
    assertThat(status.appliedFrame()).isEqualTo(primary.lastFrameNo);
  }

  @Test
  void noNumbersMakeTheTaskFail() throws IOException {
    long[] longs = {1, 2, 3, 17, 40, Long.MAX_VALUE - 1, Long.MAX_VALUE};
    int[] ints = {1, 2, 3, 17, Integer.MAX_VALUE - 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -2};
    SegmentKind[] kinds = SegmentKind.values();
    UUID[] logs = {primary.logId, new UUID(0, 0)};
    Random random = new Random(4);
    int sent = 0;
    for (int i = 0; i < 6_000; i++) {
      if (i % 300 == 0) {
        primary.epoch = i / 300 + 1;
        run.send("n" + i / 300, primary.snapshot());
      }
      boolean last = random.nextInt(3) == 0;
      boolean tiny = random.nextInt(8) == 0;
      int pageSize = tiny ? 512 : Primary.PAGE_SIZE;
      FrameRecord frame =
          new FrameRecord(
              new FramePlace(
                  random.nextInt(3) == 0,
                  last,
                  last ? 0 : random.nextInt(3),
                  last ? 0 : 2 + random.nextInt(3)),
              kinds[random.nextInt(kinds.length)],
              pageSize,
              ints[random.nextInt(ints.length)],
              longs[random.nextInt(longs.length)],
              longs[random.nextInt(longs.length)],
              longs[random.nextInt(longs.length)],
              logs[random.nextInt(2)],
              random.nextInt(4) == 0 ? -1 : primary.epoch,
              last ? ints[random.nextInt(ints.length)] : 0,
              0,
              ByteBuffer.allocate(pageSize));
      try {
        run.send("n" + i / 300, List.of(frame.encode()));
        sent++;
      } catch (InvalidFrameException e) {
        assertThat(e).isNotNull(); // cannot be sent
      }
    }
    assertThat(sent).isPositive();
    run.send("good", primary.snapshot());
    assertThat(run.awaitStatus("good", status -> status.unfoldedBytes() == 0).state())
        .isEqualTo("FOLLOWING");
  }

  /** The frames of one segment that holds the pages of both, the second's where both have one. */
  private static List<byte[]> union(List<byte[]> first, List<byte[]> second) throws IOException {
    TreeMap<Integer, FrameRecord> pages = new TreeMap<>();
    FrameRecord end = FrameRecord.decode(second.get(second.size() - 1));
    for (List<byte[]> segment : List.of(first, second)) {
      for (byte[] value : segment) {
        FrameRecord frame = FrameRecord.decode(value);
        pages.put(frame.pageNo(), frame);
      }
    }
    List<byte[]> values = new ArrayList<>();
    long frameNo = end.segmentStartFrameNo();
    long last = Math.max(end.segmentEndFrameNo(), frameNo + pages.size() - 1);
    for (FrameRecord frame : pages.values()) {
      boolean isLast = values.size() == pages.size() - 1;
      values.add(
          new FrameRecord(
                  FramePlace.of(values.size(), pages.size()),
                  SegmentKind.CHANGES,
                  frame.pageSize(),
                  frame.pageNo(),
                  end.segmentStartFrameNo(),
                  last,
                  frameNo++,
                  end.logId(),
                  end.epoch(),
                  isLast ? end.sizeAfter() : 0,
                  0,
                  frame.page())
              .encode());
    }
    return values;
  }

  private void restartAt(long offset) {
    reopen();
    run.context.offset(TaskRun.PARTITION, offset);
    run.poll();
  }

  /** Following with nothing left to fold, where frame numbers were taken back or used again. */
  private void assertSettled(String namespace) {
    run.awaitStatus(namespace, s -> s.state().equals("FOLLOWING") && s.unfoldedBytes() == 0);
    assertIntactCopy(namespace);
  }
}

package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.testkit.PageImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Records that no source in order would send: what is in them stays out of the replica, the reason
 * is told, and the other namespaces go on.
 */
class WalSinkTaskBadRecordsTest extends SinkTaskFixture {

  @Test
  void framesOutOfOrderQuarantine() throws IOException {
    run.send("a", primary.snapshot());
    primary.insert(30);
    List<byte[]> changes = new ArrayList<>(primary.changes());
    changes.add(4, changes.remove(2));
    run.send("a", changes);
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("a").reason())
        .contains("frames-0@", "it lacks frames 3..3 of its " + changes.size());
  }

  @Test
  void aDamagedFrameQuarantinesItsNamespaceUntilASnapshot() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    run.send("a", snapshot);
    run.send("b", snapshot);
    primary.insert(30);
    List<byte[]> changes = primary.changes();
    List<byte[]> damaged = new ArrayList<>(changes);
    byte[] flipped = damaged.get(2).clone();
    flipped[500] ^= 1;
    damaged.set(2, flipped);
    long bad = run.partition().size() + 2;
    run.send("a", damaged);
    run.send("b", changes);
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("a").reason()).contains("frames-0@" + bad, "CRC32C");
    assertFollows("b");
    run.awaitApplied("a", run.status("a").receivedFrame());
    assertThat(run.committable()).isEqualTo(run.partition().size());
    primary.insert(3);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    List<byte[]> holed = new ArrayList<>(primary.snapshot());
    holed.remove(4);
    run.send("a", holed);
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("a").reason())
        .contains("it lacks frames 5..5 of its " + (holed.size() + 1));
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void aSegmentThatLacksAnyOfItsRecordsIsNeverApplied() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    PageImage before = primary.image();
    long applied = primary.lastFrameNo;
    primary.insert(9);
    List<byte[]> changes = primary.changes();
    primary.insert(9);
    List<byte[]> next = primary.changes();
    for (int lost = 0; lost < changes.size(); lost++) {
      String name = "lost" + lost;
      run.send(name, snapshot);
      run.awaitApplied(name, applied);
      List<byte[]> rest = new ArrayList<>(changes);
      rest.remove(lost);
      run.send(name, rest);
      run.send(name, next);
      ReplicaStatus status = run.awaitStatus(name, s -> s.unfoldedBytes() == 0);
      assertThat(status.state()).isNotEqualTo("FOLLOWING");
      assertThat(status.reason())
          .contains(
              lost == 0
                  ? "the beginning of segment"
                  : lost == changes.size() - 1
                      ? "have frame " + applied
                      : "it lacks frames " + (lost + 1) + ".." + (lost + 1));
      assertThat(image(name)).isEqualTo(before);
    }
  }

  @Test
  void aConsumerThatStartsInsideASegmentAppliesNothingOfIt() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    PageImage before = image("a");
    primary.insert(9);
    List<byte[]> changes = primary.changes();
    run.send("a", changes.subList(changes.size() - 1, changes.size()));
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    reopen(); // to which only what follows is delivered
    run.context.offset(TaskRun.PARTITION, run.partition().size() - 1);
    run.poll();
    assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
    assertThat(run.status("a").reason()).contains("the beginning of segment", "did not come");
    assertThat(image("a")).isEqualTo(before);
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  @Test
  void aSnapshotThatEndsEarlyIsNotWhole() throws IOException {
    List<byte[]> snapshot = new ArrayList<>(primary.snapshot());
    byte[] last = snapshot.get(snapshot.size() - 1);
    FrameRecord frame = FrameRecord.decode(last);
    snapshot.set(
        snapshot.size() - 1,
        new FrameRecord(
                frame.place(),
                frame.kind(),
                frame.pageSize(),
                frame.pageNo(),
                frame.segmentStartFrameNo(),
                frame.segmentEndFrameNo(),
                frame.frameNo(),
                frame.logId(),
                frame.epoch(),
                frame.sizeAfter() + 2,
                0,
                frame.page())
            .encode());
    run.send("a", snapshot);
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("a").reason()).contains("lacks pages");
  }

  @Test
  void whatIsNoFrameQuarantines() {
    run.send(bytes("a"), new byte[10]);
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    run.send(bytes("b"), "text");
    assertThat(run.status("b").reason()).contains("java.lang.String", "value.converter");
  }

  @Test
  void anotherPageSizeQuarantines() throws IOException {
    run.send("a", primary.snapshot());
    FrameRecord frame =
        new FrameRecord(
            FramePlace.of(0, 1),
            SegmentKind.CHANGES,
            512,
            1,
            primary.lastFrameNo + 1,
            primary.lastFrameNo + 1,
            primary.lastFrameNo + 1,
            primary.logId,
            primary.epoch,
            3,
            0,
            ByteBuffer.allocate(512));
    run.send("a", List.of(frame.encode()));
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("a").reason()).contains("page size 512", "1024");
  }

  @Test
  void aHostileNameIsRefusedAndTheOthersGoOn() throws IOException {
    List<byte[]> snapshot = primary.snapshot();
    run.send("../outside", snapshot);
    run.send("a", snapshot);
    assertFollows("a");
    assertThat(temp.resolve("outside.db")).doesNotExist();
    assertThat(run.statuses()).hasSize(1);
    assertThat(run.committable()).isEqualTo(run.partition().size());
  }

  @Test
  void aNamespaceThatLeadsThroughALinkIsQuarantined() throws IOException {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.createSymbolicLink(replicas.resolve("link"), outside);
    List<byte[]> snapshot = primary.snapshot();
    run.send("link/a", snapshot);
    run.send("b", snapshot);
    assertThat(run.status("link/a").state()).isEqualTo("QUARANTINED");
    assertThat(run.status("link/a").reason()).contains(replicas.resolve("link").toString());
    assertFollows("b");
    assertThat(outside).isEmptyDirectory();
  }
}

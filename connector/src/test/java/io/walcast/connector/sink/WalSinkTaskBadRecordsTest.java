package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.FrameRecord;
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
    assertThat(run.status("a").reason()).contains("frames-0@", "comes after page");
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
    assertThat(run.status("a").reason()).contains("lacks page 5");
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
                true,
                true,
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
            true,
            false,
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

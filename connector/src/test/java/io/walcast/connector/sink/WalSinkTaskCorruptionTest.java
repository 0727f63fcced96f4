package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Corruption on purpose, each kind for itself: in what comes, or in the replica. The next segment
 * that touches it finds it at the latest, says so, and shows nothing of itself; the next snapshot
 * heals it.
 */
class WalSinkTaskCorruptionTest extends SinkTaskFixture {

  @BeforeEach
  void begin() throws IOException {
    run.close();
    run = new TaskRun(replicas, Map.of("wal.checkpoint.frames", "1")); // all in the file at once
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
  }

  private List<byte[]> update() throws IOException {
    primary.sql.execute("UPDATE t SET v = randomblob(300) WHERE id <= 12");
    return new ArrayList<>(primary.changes());
  }

  private void sendAndAwait(List<byte[]> changes, String state, String... reason) {
    PageImage before = image("a");
    run.send("a", changes);
    run.awaitStatus("a", status -> status.state().equals(state));
    assertThat(run.status("a").reason()).contains(reason);
    assertThat(image("a").hashes()).isEqualTo(before.hashes());
    assertThat(run.context.errant).isEmpty();
  }

  /** Stays out of service over a restart, whatever comes, until a snapshot. */
  private void assertOnlyASnapshotHeals() throws IOException {
    String state = run.status("a").state();
    long from = run.committable();
    reopen();
    run.context.offset(TaskRun.PARTITION, from);
    primary.insert(2);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isEqualTo(state);
    run.send("a", primary.snapshot());
    assertFollows("a");
    primary.insert(2);
    run.send("a", primary.changes());
    assertFollows("a");
  }

  private static byte[] rebuilt(FrameRecord frame, FramePlace place, ByteBuffer page)
      throws IOException {
    return new FrameRecord(
            place,
            frame.kind(),
            frame.pageSize(),
            frame.pageNo(),
            frame.segmentStartFrameNo(),
            frame.segmentEndFrameNo(),
            frame.frameNo(),
            frame.logId(),
            frame.epoch(),
            frame.sizeAfter(),
            frame.databaseChecksum(),
            page)
        .encode();
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int value = bytes.read();
      bytes.seek(at);
      bytes.write(value ^ 16);
    }
  }

  @Test
  void aFlippedBitInARecord() throws IOException {
    List<byte[]> changes = update();
    changes.get(1)[600] ^= 4;
    sendAndAwait(changes, "QUARANTINED", "CRC32C", "frames-0@");
    assertOnlyASnapshotHeals();
  }

  @Test
  void aFlippedBitInTheDatabaseFile() throws IOException {
    List<byte[]> changes = update();
    int pageNo = FrameRecord.decode(changes.get(1)).pageNo();
    flip(replicas.resolve("a.db"), (pageNo - 1L) * Primary.PAGE_SIZE + 900);
    sendAndAwait(changes, "DIVERGED", "a.db", "checksum");
    assertThat(run.committable()).isEqualTo(run.partition().size());
    assertOnlyASnapshotHeals();
  }

  @Test
  void aFlippedBitInTheNativeWal() throws IOException {
    reopen(); // with all of it in the WAL
    run.send("a", update());
    run.awaitApplied("a", primary.lastFrameNo);
    Path wal = replicas.resolve("a.db-wal");
    flip(wal, Files.size(wal) - 100);
    run.send("a", update());
    run.awaitStatus("a", status -> status.state().equals("DIVERGED"));
    assertThat(run.status("a").reason()).contains("a.db", "checksum");
    assertOnlyASnapshotHeals(); // SQLite itself may have gone back before the flipped bit
  }

  @Test
  void aFrameDropped() throws IOException {
    List<byte[]> changes = update();
    changes.remove(1);
    run.send("a", changes);
    primary.insert(1);
    run.send("a", primary.changes());
    assertThat(run.status("a").state()).isNotEqualTo("FOLLOWING");
    assertThat(run.status("a").reason()).contains("frames-0@");
    assertOnlyASnapshotHeals();
  }

  @Test
  void aFrameDroppedByOneWhoCountsAgain() throws IOException {
    List<byte[]> changes = update();
    changes.remove(1);
    for (int i = 0; i < changes.size(); i++) {
      FrameRecord frame = FrameRecord.decode(changes.get(i));
      changes.set(i, rebuilt(frame, FramePlace.of(i, changes.size()), frame.page()));
    }
    sendAndAwait(changes, "DIVERGED", "a.db", "checksum");
    assertOnlyASnapshotHeals();
  }

  @Test
  void aFrameDuplicatedDoesNoHarm() throws IOException {
    List<byte[]> changes = update();
    changes.add(2, changes.get(1));
    run.send("a", changes);
    assertFollows("a");
  }

  @Test
  void framesReorderedBetweenNamespaces() throws IOException {
    try (Primary other = new Primary(sqlite, temp.resolve("other.db"))) {
      run.send("b", other.snapshot());
      run.awaitApplied("b", other.lastFrameNo);
      List<byte[]> ours = update();
      other.sql.execute("UPDATE t SET v = randomblob(300) WHERE id <= 12");
      List<byte[]> theirs = new ArrayList<>(other.changes());
      byte[] swapped = ours.get(1);
      ours.set(1, theirs.get(1));
      theirs.set(1, swapped);
      run.send("a", ours);
      run.send("b", theirs);
      primary.insert(1);
      run.send("a", primary.changes());
      assertThat(run.status("a").state()).isNotEqualTo("FOLLOWING");
      assertThat(run.status("a").reason()).contains("frames-0@");
      assertOnlyASnapshotHeals();
      run.send("b", other.snapshot());
      run.awaitApplied("b", other.lastFrameNo);
      assertThat(image("b")).isEqualTo(other.image());
    }
  }

  @Test
  void aPageOfAnotherNamespaceInAFrameOfOurs() throws IOException {
    try (Primary other = new Primary(sqlite, temp.resolve("other.db"))) {
      List<byte[]> ours = update();
      FrameRecord frame = FrameRecord.decode(ours.get(1));
      FrameRecord theirs = FrameRecord.decode(other.snapshot().get(frame.pageNo() - 1));
      ours.set(1, rebuilt(frame, FramePlace.of(1, ours.size()), theirs.page()));
      sendAndAwait(ours, "DIVERGED", "a.db", "checksum");
      assertOnlyASnapshotHeals();
    }
  }

  @Test
  void anOldEpochIsRefusedAndTheReplicaGoesOn() throws IOException {
    PageImage before = image("a");
    primary.epoch = 0;
    long at = primary.lastFrameNo;
    run.send("a", update());
    assertThat(run.status("a").state()).isEqualTo("FOLLOWING");
    assertThat(image("a").hashes()).isEqualTo(before.hashes());
    primary.epoch = 1;
    primary.lastFrameNo = at;
    run.send("a", primary.snapshot());
    assertFollows("a");
  }

  private void editByHand() {
    try (SqliteConnection hand = sqlite.open(replicas.resolve("a.db"))) {
      hand.execute("UPDATE t SET v = zeroblob(300) WHERE id = 40");
    }
  }

  @Test
  void aReplicaEditedWhileTheTaskRuns() throws IOException {
    editByHand();
    sendAndAwait(update(), "DIVERGED", "a.db was written to by somebody else");
    assertOnlyASnapshotHeals();
  }

  @Test
  void aReplicaEditedWhileTheTaskIsDown() throws IOException {
    long from = run.committable();
    run.close();
    editByHand();
    run = new TaskRun(replicas, Map.of(), run.partition());
    run.context.offset(TaskRun.PARTITION, from);
    sendAndAwait(update(), "DIVERGED", "a.db", "checksum");
    assertOnlyASnapshotHeals();
  }

  @Test
  void badRecordsAreReportedOnceWhereErrorsAreTolerated() throws IOException {
    run.close();
    run = new TaskRun(replicas, Map.of("errors.tolerance", "all"), run.partition());
    run.poll();
    List<byte[]> changes = update();
    changes.get(1)[600] ^= 4;
    long bad = run.partition().size() + 1;
    run.send("a", changes);
    primary.insert(5);
    run.send("a", primary.changes()); // of a namespace that is quarantined, and nothing wrong
    run.send(bytes("../b"), changes.get(0));
    assertThat(run.context.errant).hasSize(2);
    assertThat(run.context.errant.get(0)).startsWith(bad + ": ").contains("CRC32C");
    run.context.offset(TaskRun.PARTITION, 0); // all again
    run.poll();
    assertThat(run.context.errant).hasSize(2);
    assertThat(run.status("a").state()).isEqualTo("QUARANTINED");
  }
}

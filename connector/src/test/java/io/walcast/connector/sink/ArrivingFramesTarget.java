package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * Valid frames in any order, five bytes each, through {@link SegmentGate} and {@link
 * IncomingSegment} as a replica uses them: what is committed is one whole segment that continues
 * what the replica has, or a snapshot.
 */
public final class ArrivingFramesTarget implements FuzzTarget {

  /** A frame of five bytes makes some objects, and a refusal some strings. */
  private static final MemoryBound BOUND = new MemoryBound(64 * 1024, 2048);

  private static final ByteBuffer PAGE = ByteBuffer.allocate(512);
  private static final int BYTES = 5;

  /**
   * In the first byte 1: last, 2: snapshot, 4: another log, 8: larger pages, 16: another partition;
   * 5..: epoch. In the last byte the frames before, and 4..: frames; of the last frame, if it is
   * the only one.
   */
  private static final int LAST = 1;

  private static final int SNAPSHOT = 2;

  @Override
  public List<byte[]> seeds() {
    return List.of(
        new byte[] {
          2, 1, 1, 2, 0x20, 2, 2, 2, 1, 0x21, 3, 3, 1, 2, 0, 0, 1, 3, 1, 0x20, 1, 2, 3, 1, 0
        },
        new byte[] {
          2, 1, 1, 2, 0x20, 0, 1, 1, 2, 0, 3, 2, 1, 2, 0, 35, 1, 1, 9, 0x10, 1, 1, 10, 0, 0x10
        },
        new byte[] {
          3, 1, 1, 2, 0x10, 0, 1, 3, 1, 0x20, 0, 3, 3, 1, 0x20, 1, 3, 3, 1, 0, 1, 4, 3, 1, 0x10
        });
  }

  @Override
  public void accept(byte[] input) throws Exception {
    BOUND.hold(input.length, () -> new Arrival().all(input));
  }

  private static FrameRecord frame(byte[] input, int at) {
    int flags = input[at];
    boolean last = (flags & LAST) != 0;
    int pageNo = 1 + (input[at + 1] & 7);
    long start = 1 + (input[at + 2] & 0xff);
    long end = start + (input[at + 3] & 15);
    int frames = Math.max(2, input[at + 4] >> 4 & 7);
    int before = Math.min(input[at + 4] & 7, frames - 2);
    FramePlace place =
        last
            ? new FramePlace((input[at + 4] & 0x10) != 0, true, 0, 0)
            : new FramePlace(before == 0, false, before, frames);
    return new FrameRecord(
        place,
        (flags & SNAPSHOT) == 0 ? SegmentKind.CHANGES : SegmentKind.SNAPSHOT,
        (flags & 8) == 0 ? 512 : 1024,
        pageNo,
        start,
        end,
        start,
        new UUID(0, flags >> 2 & 1),
        flags >>> 5 & 7,
        last ? pageNo + (input[at + 3] >> 4 & 3) : 0,
        0,
        PAGE);
  }

  /** What a replica does with frames, without its log. */
  private static final class Arrival {

    private final SegmentGate gate =
        new SegmentGate(new Namespace("x"), new SnapshotStaging(null), false);
    private final List<FrameRecord> applied = new ArrayList<>();
    private LogPosition have;
    private boolean needsSnapshot = true;
    private IncomingSegment incoming;

    private boolean all(byte[] input) {
      for (int at = 0; at + BYTES <= input.length; at += BYTES) {
        TopicPartition partition = new TopicPartition("t", input[at] >> 4 & 1);
        try {
          take(new RecordOrigin(partition, at, 0), frame(input, at));
        } catch (InvalidFrameException bad) {
          needsSnapshot = true;
          applied.clear();
          if (incoming != null) {
            incoming.giveUp();
          }
        }
      }
      return needsSnapshot;
    }

    private void take(RecordOrigin origin, FrameRecord frame) throws InvalidFrameException {
      if (incoming != null) {
        IncomingSegment.Fit fit = incoming.fit(origin, frame);
        boolean stray =
            fit == IncomingSegment.Fit.BEGINNING
                && gate.isStray(have, needsSnapshot, incoming, origin, frame);
        if (fit == IncomingSegment.Fit.REPEATED || stray) {
          return;
        }
        if (fit == IncomingSegment.Fit.BEGINNING) {
          incoming = null;
        }
      }
      if (incoming == null) {
        begin(origin, frame);
      }
      incoming.take(frame);
      if (incoming.isApplied()) {
        applied.add(frame);
      }
      if (frame.last()) {
        end(frame);
      }
    }

    private void begin(RecordOrigin origin, FrameRecord frame) throws InvalidFrameException {
      applied.clear();
      SegmentId id = SegmentId.of(origin.partition(), frame);
      Verdict verdict = gate.decide(have, needsSnapshot, id, frame);
      incoming = new IncomingSegment(id, origin, frame, verdict.action());
      if (verdict.action() == Verdict.Action.START_LOG) {
        assertThat(id.snapshot()).isTrue();
        needsSnapshot = true;
      }
      needsSnapshot |= verdict.action() == Verdict.Action.WAIT;
      if (verdict.action() == Verdict.Action.QUARANTINE) {
        throw new InvalidFrameException(verdict.reason());
      }
    }

    private void end(FrameRecord last) {
      SegmentId id = incoming.id();
      if (incoming.isApplied()) {
        isWhole(id, last);
        if (!id.snapshot()) {
          assertThat(needsSnapshot).isFalse();
          assertThat(id.logId()).isEqualTo(have.logId());
          assertThat(id.startFrameNo()).isLessThanOrEqualTo(have.frameNo() + 1);
          assertThat(id.pageSize()).isEqualTo(have.pageSize());
        }
        assertThat(have == null || Integer.compareUnsigned(id.epoch(), have.epoch()) >= 0).isTrue();
        have =
            new LogPosition(
                id.logId(), id.epoch(), id.endFrameNo(), last.sizeAfter(), id.pageSize());
        needsSnapshot = false;
      }
      incoming = null;
    }

    private void isWhole(SegmentId id, FrameRecord last) {
      int before = 0;
      for (FrameRecord frame : applied) {
        assertThat(id.isOf(id.partition(), frame)).isTrue();
        assertThat(frame.pageNo()).isGreaterThan(before);
        before = frame.pageNo();
      }
      assertThat(applied).hasSize((int) incoming.frames());
      assertThat(applied.get(0).place().first()).isTrue();
      for (int i = 0; i < applied.size(); i++) {
        assertThat(applied.get(i).place()).isEqualTo(FramePlace.of(i, applied.size()));
      }
      if (id.snapshot()) {
        assertThat(applied).hasSize(last.sizeAfter());
      }
    }
  }
}

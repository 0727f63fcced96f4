package io.walcast.connector.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/** A record's value, as it is and with its checksum made right. */
public final class FrameRecordTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 1);
  private static final int CRC_AT = 64;
  private static final int PAGE_AT = 68;

  @Override
  public List<byte[]> seeds() throws InvalidFrameException {
    return List.of(
        frame(1, 3, SegmentKind.CHANGES, 512, 3, 0),
        frame(8, 9, SegmentKind.SNAPSHOT, 1024, 9, 9),
        frame(0, 1, SegmentKind.CHANGES, 512, 1, 7),
        frame(0, 2, SegmentKind.FIRST_PART, 512, 1, 0),
        frame(4, 5, SegmentKind.PART, 512, 7, 0),
        frame(4, 5, SegmentKind.LAST_PART, 512, 7, 9));
  }

  private static byte[] frame(
      int before, int frames, SegmentKind kind, int pageSize, int pageNo, int size)
      throws InvalidFrameException {
    return new FrameRecord(
            FramePlace.of(before, frames),
            kind,
            pageSize,
            pageNo,
            10,
            20,
            15,
            new UUID(1, 2),
            3,
            size,
            size,
            ByteBuffer.allocate(pageSize))
        .encode();
  }

  @Override
  public void accept(byte[] input) throws Exception {
    value(input);
    if (input.length >= PAGE_AT) {
      byte[] fixed = input.clone();
      CRC32C crc = new CRC32C();
      crc.update(fixed, 0, CRC_AT);
      crc.update(fixed, PAGE_AT, fixed.length - PAGE_AT);
      ByteBuffer.wrap(fixed).putInt(CRC_AT, (int) crc.getValue());
      value(fixed);
    }
  }

  private static void value(byte[] value) throws Exception {
    FrameRecord frame = BOUND.hold(value.length, () -> decode(value));
    if (frame != null) {
      assertThat(frame.encode()).isEqualTo(value);
      assertThat(frame.page().remaining()).isEqualTo(frame.pageSize());
      assertThat(frame.frameNo())
          .isBetween(frame.segmentStartFrameNo(), frame.segmentEndFrameNo())
          .isPositive();
    }
  }

  private static FrameRecord decode(byte[] value) {
    try {
      return FrameRecord.decode(value);
    } catch (InvalidFrameException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      return null;
    }
  }
}

package io.walcast.connector.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameRecordTest {

  private static final UUID LOG = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

  @Test
  void everyFieldHasItsPlaceInTheTable() throws Exception {
    byte[] page = new byte[512];
    new Random(1).nextBytes(page);
    byte[] value =
        new FrameRecord(
                FramePlace.of(8, 9),
                SegmentKind.SNAPSHOT,
                512,
                0x01020304,
                0x1112131415161718L,
                0x2122232425262728L,
                0x1a1b1c1d1e1f1011L,
                LOG,
                0x31323334,
                0x41424344,
                0x5152535455565758L,
                ByteBuffer.wrap(page))
            .encode();

    assertThat(value).hasSize(68 + 512);
    assertThat(HexFormat.of().formatHex(value, 0, 64))
        .isEqualTo(
            "0103"
                + "0200"
                + "01020304"
                + "1112131415161718"
                + "2122232425262728"
                + "1a1b1c1d1e1f1011"
                + "00112233445566778899aabbccddeeff"
                + "31323334"
                + "41424344"
                + "5152535455565758");
    CRC32C crc = new CRC32C();
    crc.update(value, 0, 64);
    crc.update(page);
    assertThat(ByteBuffer.wrap(value).getInt(64)).isEqualTo((int) crc.getValue());
    assertThat(ByteBuffer.wrap(value, 68, 512)).isEqualTo(ByteBuffer.wrap(page));
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void decodesWhatItEncodes(int pageSize) throws Exception {
    for (FrameRecord frame :
        new FrameRecord[] {
          frame(pageSize, false, false, 7, 3, 9, 5, 0, 0),
          frame(pageSize, false, true, -2, 1, Long.MAX_VALUE, Long.MAX_VALUE, 0, 0),
          frame(pageSize, true, false, 1, 3, 3, 3, 1, -1),
          frame(pageSize, true, true, -2, 1, 2, 1, -2, 0)
        }) {
      assertThat(FrameRecord.decode(frame.encode())).isEqualTo(frame);
    }
  }

  @Test
  void saysOfEachFrameAndKindWhereItStands() throws Exception {
    for (SegmentKind kind : SegmentKind.values()) {
      for (int frames = 1; frames < 4; frames++) {
        for (int before = 0; before < frames; before++) {
          boolean last = before == frames - 1;
          FrameRecord frame =
              new FrameRecord(
                  FramePlace.of(before, frames),
                  kind,
                  512,
                  7,
                  1,
                  3,
                  2,
                  LOG,
                  1,
                  last && kind.isEnd() ? 8 : 0,
                  last && kind.isEnd() ? -5 : 0,
                  ByteBuffer.allocate(512));
          byte[] value = frame.encode();
          assertThat(FrameRecord.decode(value)).isEqualTo(frame);
          assertThat(frame.last()).isEqualTo(last);
          int flags =
              new int[] {0, 2, 18, 26, 10}[kind.ordinal()] | (before == 0 ? 4 : 0) | (last ? 1 : 0);
          assertThat(value[1]).isEqualTo((byte) flags);
          if (!last) {
            assertThat(ByteBuffer.wrap(value).getInt(56)).isEqualTo(before);
            assertThat(ByteBuffer.wrap(value).getInt(60)).isEqualTo(frames);
          }
        }
      }
    }
  }

  @Test
  void pageIsAViewOfTheValue() throws Exception {
    byte[] value = frame(4096, true, false, 1, 1, 1, 1, 1, 0).encode();
    ByteBuffer page = FrameRecord.decode(value).page();

    value[68] ^= 1;
    assertThat(page.get(0)).isEqualTo(value[68]);
  }

  @Test
  void encodingLeavesTheCallersBufferWhereItWas() throws Exception {
    ByteBuffer page = ByteBuffer.allocate(600).position(40).limit(552);
    new FrameRecord(FramePlace.of(0, 2), SegmentKind.CHANGES, 512, 1, 1, 1, 1, LOG, 1, 0, 0, page)
        .encode();
    assertThat(page.position()).isEqualTo(40);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 65536})
  void refusesEveryFlippedByte(int pageSize) throws Exception {
    byte[] value = frame(pageSize, true, true, 3, 1, 9, 5, 8, 77).encode();
    for (int i = 0; i < value.length; i++) {
      value[i] ^= (byte) (1 + i % 255);
      assertRefused(value, "");
      value[i] ^= (byte) (1 + i % 255);
    }
    FrameRecord.decode(value);
  }

  @Test
  void refusesEveryFlippedBitOfTheHeader() throws Exception {
    byte[] value = frame(512, false, false, 3, 1, 9, 5, 0, 0).encode();
    for (int bit = 0; bit < 68 * 8; bit++) {
      value[bit / 8] ^= (byte) (1 << bit % 8);
      assertRefused(value, "");
      value[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void refusesEveryOtherLength() throws Exception {
    byte[] value = frame(512, false, false, 3, 1, 9, 5, 0, 0).encode();
    for (int length = 0; length < value.length; length++) {
      assertRefused(Arrays.copyOf(value, length), "bytes");
    }
    assertRefused(Arrays.copyOf(value, value.length + 1), "581 bytes, not 580");
    assertRefused(null, "0 bytes");
  }

  @Test
  void namesWhatIsWrong() throws Exception {
    assertRefused(changed(v -> v.put(0, (byte) 2)), "version 2");
    for (int flags : new int[] {8, 16, 24, 32, 64, 0x80}) {
      int unknown = flags;
      assertRefused(
          changed(v -> v.put(1, (byte) (unknown | 5))), "flags 0x" + Integer.toHexString(unknown));
    }
    assertRefused(
        changed(v -> v.put(1, (byte) 4)), "frame 2 of 7 of its segment, marked as its first");
    assertRefused(changed(v -> v.putInt(56, 0)), "frame 0 of 7");
    assertRefused(changed(v -> v.putInt(56, 6)), "frame 6 of 7");
    assertRefused(changed(v -> v.putInt(56, -1)), "frame 4294967295 of 7");
    assertRefused(changed(v -> v.putInt(60, 0)), "frame 2 of 0");
    assertRefused(changed(v -> v.putInt(60, 3)), "frame 2 of 3");
    for (int size : new int[] {0, 2, 256, 511, 513, 768, 0xffff}) {
      assertRefused(changed(v -> v.putShort(2, (short) size)), "page size " + size);
    }
    assertRefused(changed(v -> v.putShort(2, (short) 1)), "page size 65536 asks for");
    assertRefused(changed(v -> v.putInt(4, 0)), "page no 0");
    assertRefused(changed(v -> v.putInt(4, -1)), "page no 4294967295");
    assertRefused(changed(v -> v.putInt(4, (1 << 30) / 512 + 1)), "lock-byte page");
    assertRefused(changed(v -> v.putLong(8, 0)), "from frame 0 to 9");
    assertRefused(changed(v -> v.putLong(8, 10)), "from frame 10 to 9");
    assertRefused(changed(v -> v.putLong(16, -1)), "to 18446744073709551615");
    assertRefused(changed(v -> v.putLong(24, 10)), "frame no 10 outside");
    assertRefused(changed(v -> v.putLong(24, 1)), "frame no 1 outside");
    assertRefused(changed(v -> v.putLong(24, -1)), "frame no 18446744073709551615 outside");
    assertRefused(changed(v -> v.putInt(52, 5)), "ends no transaction");
    for (int part : new int[] {2 | 16, 2 | 8 | 16}) {
      assertRefused(changed(v -> v.put(1, (byte) (part | 1))), "ends no transaction");
      assertRefused(
          changed(v -> v.put(1, (byte) (part | 1)).putLong(56, 0).putInt(52, 5)),
          "ends no transaction");
    }
    assertRefused(changed(v -> v.put(1, (byte) 1)), "page no 3 with size after 0");
    assertRefused(changed(v -> v.put(1, (byte) 1).putInt(52, 2)), "page no 3 with size after 2");
    assertRefused(changed(v -> v.put(1, (byte) 1).putInt(52, -1)), "size after 4294967295");
  }

  @Test
  void largePageNumbersAreUnsigned() throws Exception {
    FrameRecord.decode(changed(v -> v.put(1, (byte) 1).putInt(4, 5).putInt(52, -2)));
    assertRefused(
        changed(v -> v.put(1, (byte) 1).putInt(4, -2).putInt(52, 5)), "page no 4294967294");
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void refusesTheLockBytePageOfEveryPageSize(int pageSize) throws Exception {
    int lockPage = FrameRecord.lockBytePageNo(pageSize);
    assertThat((long) (lockPage - 1) * pageSize).isEqualTo(1L << 30);
    frame(pageSize, false, false, lockPage - 1, 1, 9, 5, 0, 0).encode();
    frame(pageSize, false, false, lockPage + 1, 1, 9, 5, 0, 0).encode();
    assertThatThrownBy(() -> frame(pageSize, false, false, lockPage, 1, 9, 5, 0, 0).encode())
        .isInstanceOf(InvalidFrameException.class)
        .hasMessageContaining("lock-byte page");
  }

  @Test
  void encodingRefusesAPageOfAnotherSize() {
    for (int pageSize : new int[] {1, 100, 1000, 1024, 131072}) {
      assertThatThrownBy(
              () ->
                  new FrameRecord(
                          FramePlace.of(0, 2),
                          SegmentKind.CHANGES,
                          pageSize,
                          1,
                          1,
                          1,
                          1,
                          LOG,
                          1,
                          0,
                          0,
                          ByteBuffer.allocate(512))
                      .encode())
          .isInstanceOf(InvalidFrameException.class)
          .hasMessageContaining("page");
    }
  }

  @Test
  void randomValuesAreRefusedAndNothingElseHappens() {
    long seed = System.nanoTime();
    System.out.println("FrameRecordTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] value = new byte[random.nextInt(2) == 0 ? random.nextInt(800) : 580];
      random.nextBytes(value);
      if (value.length > 4 && random.nextBoolean()) {
        ByteBuffer.wrap(value).put((byte) 1).put((byte) random.nextInt(32)).putShort((short) 512);
      }
      assertRefused(value, "");
    }
  }

  /** A valid frame, not the last, that is changed and given a right CRC again. */
  private static byte[] changed(Consumer<ByteBuffer> change) throws InvalidFrameException {
    byte[] value = frame(512, false, false, 3, 2, 9, 5, 0, 0).encode();
    ByteBuffer buffer = ByteBuffer.wrap(value);
    change.accept(buffer);
    CRC32C crc = new CRC32C();
    crc.update(value, 0, 64);
    crc.update(value, 68, value.length - 68);
    buffer.putInt(64, (int) crc.getValue());
    return value;
  }

  private static void assertRefused(byte[] value, String what) {
    assertThatThrownBy(() -> FrameRecord.decode(value))
        .isInstanceOf(InvalidFrameException.class)
        .hasMessageContaining(what);
  }

  private static FrameRecord frame(
      int pageSize,
      boolean last,
      boolean snapshot,
      int pageNo,
      long start,
      long end,
      long frameNo,
      int sizeAfter,
      long checksum) {
    byte[] page = new byte[pageSize];
    new Random(pageNo).nextBytes(page);
    return new FrameRecord(
        last ? FramePlace.of(6, 7) : FramePlace.of(2, 7),
        snapshot ? SegmentKind.SNAPSHOT : SegmentKind.CHANGES,
        pageSize,
        pageNo,
        start,
        end,
        frameNo,
        LOG,
        11,
        sizeAfter,
        checksum,
        ByteBuffer.wrap(page));
  }
}

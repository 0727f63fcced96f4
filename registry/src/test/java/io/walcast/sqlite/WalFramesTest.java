package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalFramesTest {

  @TempDir Path directory;

  private final Io io = new StandardIo();

  /** A WAL whose frame f holds page f * 3 and commits when f is even; returns the checksums. */
  private long[] write(StorageFile wal, WalHeader header, int frames) throws IOException {
    wal.writeFully(header.encode(), 0);
    Random random = new Random(5);
    long[] checksums = new long[frames + 1];
    checksums[0] = header.checksum();
    byte[] bytes = new byte[24 + header.pageSize()];
    for (int f = 1; f <= frames; f++) {
      random.nextBytes(bytes);
      ByteBuffer frame = ByteBuffer.wrap(bytes);
      frame.putInt(0, f * 3).putInt(4, f % 2 == 0 ? f : 0);
      frame.putInt(8, header.salt1()).putInt(12, header.salt2());
      boolean bigEndian = header.bigEndianChecksum();
      long sum = WalChecksumTest.byTheBook(bytes, 0, 8, checksums[f - 1], bigEndian);
      sum = WalChecksumTest.byTheBook(bytes, 24, header.pageSize(), sum, bigEndian);
      frame.putInt(16, WalChecksum.s1(sum)).putInt(20, WalChecksum.s2(sum));
      wal.writeFully(frame, WalHeader.frameOffset(f, header.pageSize()));
      checksums[f] = sum;
    }
    return checksums;
  }

  private static WalHeader bigEndian(int pageSize) {
    byte[] bytes = WalHeader.of(pageSize, 3, 11, 22).encode().array();
    ByteBuffer.wrap(bytes).putInt(0, 0x377f0683);
    long sum = WalChecksum.update(bytes, 0, 24, 0, true);
    ByteBuffer.wrap(bytes).putInt(24, WalChecksum.s1(sum)).putInt(28, WalChecksum.s2(sum));
    return WalHeader.parse(bytes).orElseThrow();
  }

  private static WalFrames frames(StorageFile wal, WalHeader h, int from, int last, long sum) {
    return new WalFrames(
        wal, h.pageSize(), h.salt1(), h.salt2(), h.bigEndianChecksum(), from, last, sum);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void handsOutEveryFrameInOrder(int pageSize) throws Exception {
    for (WalHeader header :
        new WalHeader[] {WalHeader.of(pageSize, 0, 1, 2), bigEndian(pageSize)}) {
      try (StorageFile wal = io.open(directory.resolve("a-wal"), Io.OpenMode.TRUNCATE)) {
        long[] checksums = write(wal, header, 40);
        WalHeader read = WalHeader.read(wal).orElseThrow();
        assertThat(read).isEqualTo(header);
        WalFrames frames = frames(wal, read, 1, 39, header.checksum());
        for (int f = 1; f <= 39; f++) {
          assertThat(frames.next()).isTrue();
          assertThat(frames.frame()).isEqualTo(f);
          assertThat(frames.pageNo()).isEqualTo(f * 3);
          assertThat(frames.sizeAfter()).isEqualTo(f % 2 == 0 ? f : 0);
          assertThat(frames.checksum()).isEqualTo(checksums[f]);
          ByteBuffer expected = ByteBuffer.allocate(pageSize);
          wal.readFully(expected, WalHeader.frameOffset(f, pageSize) + 24);
          assertThat(frames.page()).isEqualTo(expected.flip());
        }
        assertThat(frames.next()).isFalse();
      }
    }
  }

  @Test
  void goesOnFromAKnownChecksum() throws Exception {
    WalHeader header = WalHeader.of(1024, 0, 1, 2);
    try (StorageFile wal = io.open(directory.resolve("a-wal"), Io.OpenMode.TRUNCATE)) {
      long[] checksums = write(wal, header, 9);
      WalFrames frames = frames(wal, header, 6, 9, checksums[5]);
      for (int f = 6; f <= 9; f++) {
        assertThat(frames.next()).isTrue();
        assertThat(frames.pageNo()).isEqualTo(f * 3);
      }
      assertThat(frames.next()).isFalse();
      WalFrames wrong = frames(wal, header, 6, 9, checksums[4]);
      assertThatThrownBy(wrong::next).isInstanceOf(WalDamagedException.class);
    }
  }

  @Test
  void everyDamagedByteOfAFrameIsNoticed() throws Exception {
    WalHeader header = WalHeader.of(512, 0, 1, 2);
    try (StorageFile wal = io.open(directory.resolve("a-wal"), Io.OpenMode.TRUNCATE)) {
      write(wal, header, 3);
      long second = WalHeader.frameOffset(2, 512);
      for (int at = 0; at < 24 + 512; at++) {
        ByteBuffer one = ByteBuffer.allocate(1);
        wal.readFully(one, second + at);
        wal.writeFully(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), second + at);
        WalFrames frames = frames(wal, header, 1, 3, header.checksum());
        assertThat(frames.next()).isTrue();
        assertThatThrownBy(frames::next)
            .as("byte %d", at)
            .isInstanceOf(WalDamagedException.class)
            .hasMessageContaining("a-wal")
            .hasMessageContaining("frame 2 at offset " + second);
        wal.writeFully(one.flip(), second + at);
      }
    }
  }

  @Test
  void aFileThatEndsBeforeTheLastFrameIsAnError() throws Exception {
    WalHeader header = WalHeader.of(512, 0, 1, 2);
    try (StorageFile wal = io.open(directory.resolve("a-wal"), Io.OpenMode.TRUNCATE)) {
      write(wal, header, 3);
      WalFrames frames = frames(wal, header, 1, 4, header.checksum());
      assertThatThrownBy(frames::next)
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("a-wal");
    }
  }

  @Test
  void anEmptyOrForeignWalHasNoHeader() throws Exception {
    try (StorageFile wal = io.open(directory.resolve("a-wal"), Io.OpenMode.TRUNCATE)) {
      assertThat(WalHeader.read(wal)).isEmpty();
      byte[] bytes = WalHeader.of(4096, 1, 2, 3).encode().array();
      for (int at = 0; at < WalHeader.LENGTH; at++) {
        byte[] damaged = bytes.clone();
        damaged[at] ^= 1;
        assertThat(WalHeader.parse(damaged)).as("byte %d", at).isEmpty();
      }
    }
  }
}

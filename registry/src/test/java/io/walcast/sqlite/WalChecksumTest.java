package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WalChecksumTest {

  /** The algorithm as SQLite's file format document words it. */
  static long byTheBook(byte[] data, int offset, int length, long state, boolean bigEndian) {
    ByteBuffer words =
        ByteBuffer.wrap(data).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int s1 = WalChecksum.s1(state);
    int s2 = WalChecksum.s2(state);
    for (int i = offset; i < offset + length; i += 8) {
      s1 += words.getInt(i) + s2;
      s2 += words.getInt(i + 4) + s1;
    }
    return WalChecksum.pack(s1, s2);
  }

  @Test
  void agreesWithTheBookForEveryPageSizeInBothByteOrders() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int length : new int[] {8, 24, 40, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536}) {
      for (boolean bigEndian : new boolean[] {false, true}) {
        byte[] data = new byte[length + 24];
        random.nextBytes(data);
        long state = random.nextLong();
        int offset = random.nextInt(24);
        assertThat(WalChecksum.update(data, offset, length, state, bigEndian))
            .as("seed %d, length %d, big-endian %s", seed, length, bigEndian)
            .isEqualTo(byTheBook(data, offset, length, state, bigEndian));
      }
    }
  }

  @Test
  void goesOnWhereItStopped() {
    byte[] data = new byte[4096];
    new Random(1).nextBytes(data);
    long first = WalChecksum.update(data, 0, 1024, 7, false);
    assertThat(WalChecksum.update(data, 1024, 3072, first, false))
        .isEqualTo(WalChecksum.update(data, 0, 4096, 7, false));
  }

  @Test
  void refusesHalfPairs() {
    assertThatThrownBy(() -> WalChecksum.update(new byte[16], 0, 12, 0, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("12");
  }
}

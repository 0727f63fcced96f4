package io.walcast.sqlite;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of SQLite's write-ahead log and wal-index: two 32-bit sums {@code s1 += x0 + s2; s2
 * += x1 + s1} over pairs of 32-bit words, whose byte order the WAL header states.
 *
 * <p>A state is packed in a long: {@code s1} in the low, {@code s2} in the high 32 bits. Each pair
 * multiplies the state by the matrix (1 1, 1 2), so the sums of four quarters of a page can be
 * taken side by side and joined with a power of that matrix: the additions of one chain no longer
 * wait for those of another.
 *
 * <p>Stateless, thread-safe.
 */
public final class WalChecksum {

  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int PAIR = 8;
  private static final int LANES = 4;

  /** By log2 of the length: the matrix that skips a quarter of it, as {@code {a, b, c, d}}. */
  private static final int[][] QUARTER = new int[17][];

  static {
    for (int log = 9; log <= 16; log++) {
      QUARTER[log] = power((1 << log) / LANES / PAIR);
    }
  }

  private WalChecksum() {}

  /** Packs the two sums as they stand in a header into a state. */
  public static long pack(int s1, int s2) {
    return (s1 & 0xffff_ffffL) | ((long) s2 << 32);
  }

  /** The first sum of a state. */
  public static int s1(long state) {
    return (int) state;
  }

  /** The second sum of a state. */
  public static int s2(long state) {
    return (int) (state >>> 32);
  }

  /**
   * Continues a checksum.
   *
   * @param length in bytes, a multiple of 8
   * @param state the state so far; 0 at the start
   * @param bigEndian byte order in which the words are read
   * @return the new state
   */
  public static long update(byte[] data, int offset, int length, long state, boolean bigEndian) {
    if (length % PAIR != 0) {
      throw new IllegalArgumentException("not a multiple of 8 bytes: " + length);
    }
    boolean pageSized = length >= 512 && length <= 65536 && Integer.bitCount(length) == 1;
    if (!pageSized) {
      return bigEndian
          ? updateBig(data, offset, length, state)
          : updateLittle(data, offset, length, state);
    }
    int[] quarter = QUARTER[Integer.numberOfTrailingZeros(length)];
    return bigEndian
        ? updateBigInLanes(data, offset, length, state, quarter)
        : updateLittleInLanes(data, offset, length, state, quarter);
  }

  private static long updateLittle(byte[] data, int offset, int length, long state) {
    int s1 = s1(state);
    int s2 = s2(state);
    for (int i = offset, end = offset + length; i < end; i += PAIR) {
      long x = (long) LITTLE.get(data, i);
      s1 += (int) x + s2;
      s2 += (int) (x >>> 32) + s1;
    }
    return pack(s1, s2);
  }

  private static long updateBig(byte[] data, int offset, int length, long state) {
    int s1 = s1(state);
    int s2 = s2(state);
    for (int i = offset, end = offset + length; i < end; i += PAIR) {
      long x = (long) BIG.get(data, i);
      s1 += (int) (x >>> 32) + s2;
      s2 += (int) x + s1;
    }
    return pack(s1, s2);
  }

  private static long updateLittleInLanes(
      byte[] data, int offset, int length, long state, int[] quarter) {
    int q = length / LANES;
    int a1 = s1(state);
    int a2 = s2(state);
    int b1 = 0;
    int b2 = 0;
    int c1 = 0;
    int c2 = 0;
    int d1 = 0;
    int d2 = 0;
    for (int i = offset, end = offset + q; i < end; i += PAIR) {
      long a = (long) LITTLE.get(data, i);
      long b = (long) LITTLE.get(data, i + q);
      long c = (long) LITTLE.get(data, i + 2 * q);
      long d = (long) LITTLE.get(data, i + 3 * q);
      a1 = (a1 + (int) a) + a2;
      b1 = (b1 + (int) b) + b2;
      c1 = (c1 + (int) c) + c2;
      d1 = (d1 + (int) d) + d2;
      a2 = (a2 + (int) (a >>> 32)) + a1;
      b2 = (b2 + (int) (b >>> 32)) + b1;
      c2 = (c2 + (int) (c >>> 32)) + c1;
      d2 = (d2 + (int) (d >>> 32)) + d1;
    }
    long joined = join(pack(a1, a2), b1, b2, quarter);
    joined = join(joined, c1, c2, quarter);
    return join(joined, d1, d2, quarter);
  }

  private static long updateBigInLanes(
      byte[] data, int offset, int length, long state, int[] quarter) {
    int q = length / LANES;
    int a1 = s1(state);
    int a2 = s2(state);
    int b1 = 0;
    int b2 = 0;
    int c1 = 0;
    int c2 = 0;
    int d1 = 0;
    int d2 = 0;
    for (int i = offset, end = offset + q; i < end; i += PAIR) {
      long a = (long) BIG.get(data, i);
      long b = (long) BIG.get(data, i + q);
      long c = (long) BIG.get(data, i + 2 * q);
      long d = (long) BIG.get(data, i + 3 * q);
      a1 = (a1 + (int) (a >>> 32)) + a2;
      b1 = (b1 + (int) (b >>> 32)) + b2;
      c1 = (c1 + (int) (c >>> 32)) + c2;
      d1 = (d1 + (int) (d >>> 32)) + d2;
      a2 = (a2 + (int) a) + a1;
      b2 = (b2 + (int) b) + b1;
      c2 = (c2 + (int) c) + c1;
      d2 = (d2 + (int) d) + d1;
    }
    long joined = join(pack(a1, a2), b1, b2, quarter);
    joined = join(joined, c1, c2, quarter);
    return join(joined, d1, d2, quarter);
  }

  /** The state after a first part, carried over a second part whose sums from zero are given. */
  private static long join(long first, int second1, int second2, int[] m) {
    int s1 = s1(first);
    int s2 = s2(first);
    return pack(m[0] * s1 + m[1] * s2 + second1, m[2] * s1 + m[3] * s2 + second2);
  }

  private static int[] power(int exponent) {
    int[] result = {1, 0, 0, 1};
    int[] base = {1, 1, 1, 2};
    for (int k = exponent; k > 0; k >>= 1) {
      if ((k & 1) != 0) {
        result = multiply(result, base);
      }
      base = multiply(base, base);
    }
    return result;
  }

  private static int[] multiply(int[] a, int[] b) {
    return new int[] {
      a[0] * b[0] + a[1] * b[2],
      a[0] * b[1] + a[1] * b[3],
      a[2] * b[0] + a[3] * b[2],
      a[2] * b[1] + a[3] * b[3]
    };
  }
}

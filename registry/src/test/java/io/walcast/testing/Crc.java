package io.walcast.testing;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C of parts of an array, and of numbers, for tests that make checksums fit. */
public final class Crc {

  private final CRC32C crc = new CRC32C();

  /** Goes on with a part of an array. */
  public Crc of(byte[] bytes, int offset, int length) {
    crc.update(bytes, offset, length);
    return this;
  }

  /** Goes on with a number's eight bytes. */
  public Crc of(long number) {
    return of(ByteBuffer.allocate(8).putLong(number).array(), 0, 8);
  }

  /** Goes on with a number's four bytes. */
  public Crc of(int number) {
    return of(ByteBuffer.allocate(4).putInt(number).array(), 0, 4);
  }

  /** The checksum. */
  public int value() {
    return (int) crc.getValue();
  }
}

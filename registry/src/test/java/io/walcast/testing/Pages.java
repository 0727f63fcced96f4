package io.walcast.testing;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Pages whose content follows from a version number. */
public final class Pages {

  private Pages() {}

  /** A page that begins with its version; the rest follows from it. */
  public static ByteBuffer page(int pageSize, long version) {
    byte[] bytes = bytes(pageSize, version);
    return ByteBuffer.wrap(bytes);
  }

  /** The same as an array. */
  public static byte[] bytes(int pageSize, long version) {
    SplittableRandom random = new SplittableRandom(version);
    byte[] bytes = new byte[pageSize];
    ByteBuffer page = ByteBuffer.wrap(bytes).putLong(version);
    while (page.hasRemaining()) {
      page.putLong(random.nextLong());
    }
    return bytes;
  }
}

package io.walcast.testkit;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Hashes the pages of a serialised database. On page 1 the bytes that a replica owns count as zero:
 *
 * <pre>
 * 18, 19    write and read version (1 rollback journal, 2 WAL)
 * 24..27    file change counter
 * 92..95    version-valid-for
 * </pre>
 *
 * <p>The lock-byte page, the one at 1 GiB, holds nothing and counts as equal everywhere. Runs
 * inside {@link SqliteServer}; stateless.
 */
final class PageHashing {
  private static final long PENDING_BYTE = 0x40000000L;
  private static final int[][] OWNED_BY_REPLICA = {{18, 20}, {24, 28}, {92, 96}};

  private PageHashing() {}

  /** The page size, then 16 hexadecimal digits for each page from page 1 on. */
  static List<String> hashes(byte[] database) {
    if (database.length == 0) {
      return List.of("0");
    }
    int stored = ByteBuffer.wrap(database).getShort(16) & 0xffff;
    int pageSize = stored == 1 ? 65536 : stored;
    for (int[] range : OWNED_BY_REPLICA) {
      Arrays.fill(database, range[0], range[1], (byte) 0);
    }
    MessageDigest digest = sha256();
    List<String> hashes = new ArrayList<>(database.length / pageSize + 1);
    hashes.add(Integer.toString(pageSize));
    for (int offset = 0; offset < database.length; offset += pageSize) {
      if (offset == PENDING_BYTE) {
        hashes.add("lock-byte page");
        continue;
      }
      digest.update(database, offset, pageSize);
      hashes.add(HexFormat.of().formatHex(digest.digest(), 0, 8));
    }
    return hashes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}

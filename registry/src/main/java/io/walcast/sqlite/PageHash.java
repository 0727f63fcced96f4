package io.walcast.sqlite;

import com.dynatrace.hash4j.hashing.ByteAccess;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The hash of a page, and the checksum of a database made from it.
 *
 * <p>A page's hash is XXH3-64 of its bytes, seeded with its number. The checksum of a database is
 * the XOR of the hashes of all its pages but the lock-byte page, so that a transaction changes it
 * by what it changes.
 *
 * <p>In page 1 the bytes that each replica writes itself count as zero, at the primary and at the
 * replica: 18, 19, 24 to 27 and 92 to 95. Were they to count with what the primary has in them, a
 * replica that was killed could not compute its own checksum. Thread-safe.
 */
public final class PageHash {

  /** What is stated where the checksum is not known. */
  public static final long NOT_STATED = 0;

  private static final ByteAccess<ByteBuffer> LITTLE =
      ByteAccess.forByteBuffer(ByteOrder.LITTLE_ENDIAN);

  private PageHash() {}

  /**
   * Hashes the remaining bytes of a page and leaves the buffer as it is.
   *
   * @param pageNo from 1, unsigned
   */
  public static long of(int pageNo, ByteBuffer page) {
    var hasher = Hashing.xxh3_64(Integer.toUnsignedLong(pageNo));
    if (pageNo == 1) {
      byte[] common = new byte[page.remaining()];
      page.duplicate().get(common);
      ReplicaPageOne.disown(common);
      return hasher.hashBytesToLong(common);
    }
    if (page.hasArray()) {
      return hasher.hashBytesToLong(
          page.array(), page.arrayOffset() + page.position(), page.remaining());
    }
    ByteBuffer ordered = page.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return hasher.hashBytesToLong(ordered, page.position(), page.remaining(), LITTLE);
  }

  /** The checksum that is stated; empty where none is, or where two would be stated alike. */
  public static Optional<Long> exact(long stated) {
    return stated == NOT_STATED || stated == 1 ? Optional.empty() : Optional.of(stated);
  }

  /** What stands for a checksum in segments and records, where 0 means that it is not stated. */
  public static long stated(long checksum) {
    return checksum == NOT_STATED ? 1 : checksum;
  }
}

package io.walcast.segment;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * One frame as it stands in a segment file, from {@link SegmentHeader#LENGTH} on, one after the
 * other. Big-endian.
 *
 * <pre>
 *   0   u64  frame no
 *   8   u32  page no
 *   12  u32  size after, in pages; not 0 only on the frame that commits
 *   16  u32  own checksum: CRC32C of the salt, bytes 0 to 15 and the page
 *   20  u32  running checksum: CRC32C of the running checksum before and the own checksum
 *   24       page
 * </pre>
 *
 * The own checksum proves one frame on a random read; the running one, which starts from the salt,
 * proves at a scan that nothing before it is missing or stale.
 *
 * <p>Holds scratch space: for one thread.
 */
final class FrameFormat {

  static final int HEADER = 24;
  static final int PAGE_NO_AT = 8;
  static final int SIZE_AFTER_AT = 12;
  static final int OWN_AT = 16;
  static final int RUNNING_AT = 20;

  /** Bytes of the salt. */
  static final int SALT = 8;

  private final CRC32C crc = new CRC32C();
  private final ByteBuffer scratch = ByteBuffer.allocate(SALT + OWN_AT);
  private final ByteBuffer pair = ByteBuffer.allocate(2 * Integer.BYTES);
  private final int pageSize;

  FrameFormat(SegmentHeader header) {
    pageSize = header.pageSize();
    scratch.putLong(0, header.salt());
  }

  static int frameBytes(int pageSize) {
    return HEADER + pageSize;
  }

  static long offset(long ordinal, int pageSize) {
    return SegmentHeader.LENGTH + ordinal * frameBytes(pageSize);
  }

  /** The running checksum before the first frame. */
  int initial() {
    crc.reset();
    crc.update(scratch.array(), 0, SALT);
    return (int) crc.getValue();
  }

  /** The own checksum of the frame that begins at an index of a buffer. */
  int own(ByteBuffer buffer, int at) {
    buffer.get(at, scratch.array(), SALT, OWN_AT);
    crc.reset();
    crc.update(scratch.array());
    int position = buffer.position();
    int limit = buffer.limit();
    crc.update(buffer.limit(at + HEADER + pageSize).position(at + HEADER));
    buffer.limit(limit).position(position);
    return (int) crc.getValue();
  }

  /**
   * The same of a single frame, which stands behind the salt of its segment: so the salt and the
   * bytes after it are one piece. From position 0 to the buffer's limit; both are moved.
   */
  static int ownBehindSalt(ByteBuffer saltAndFrame) {
    int end = saltAndFrame.limit();
    CRC32C crc = new CRC32C();
    crc.update(saltAndFrame.position(0).limit(SALT + OWN_AT));
    crc.update(saltAndFrame.limit(end).position(SALT + HEADER));
    return (int) crc.getValue();
  }

  int running(int before, int own) {
    pair.putLong(0, (long) before << 32 | own & 0xffff_ffffL);
    crc.reset();
    crc.update(pair.array());
    return (int) crc.getValue();
  }
}

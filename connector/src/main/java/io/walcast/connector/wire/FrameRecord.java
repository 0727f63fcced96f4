package io.walcast.connector.wire;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * One version of one page as it travels in the value of a Kafka record. The record's key is the
 * namespace in UTF-8, its timestamp the time at which the segment was sealed. All numbers are
 * big-endian and unsigned:
 *
 * <pre>
 *   0  u8    version, 1
 *   1  u8    flags: 1 last of segment, 4 first of segment; on every frame of the segment:
 *            2 snapshot, 8 goes on from the part before, 16 goes on in the next part
 *   2  u16   page size in bytes: a power of two from 512 to 32,768, or 1 for 65,536
 *   4  u32   page no, 1 to 2^32 - 2, never the page that holds the lock bytes at 1 GiB
 *   8  u64   segment start frame no, at least 1
 *  16  u64   segment end frame no, at least the start
 *  24  u64   frame no, within start and end
 *  32  u128  log id
 *  48  u32   epoch
 *  52  u32   size after: pages of the database after the segment   } on the last; both are 0
 *  56  u64   database checksum after the segment, 0 if not stated  } where a next part follows
 *  52  u32   zero                                                  }
 *  56  u32   frames of the segment before this one                 } elsewhere
 *  60  u32   frames of the segment, at least 2                     }
 *  64  u32   CRC32C of everything else
 *  68        page bytes
 * </pre>
 *
 * <p>A segment travels compacted: each page once, in ascending page order, in its newest version.
 * So the last frame has the highest page number, and it is within size after. Frame numbers up to
 * 2^63 - 1 are taken. From {@link FramePlace} a consumer sees that it has them all.
 *
 * <p>A snapshot may come in parts, each a segment of its own: flag 16 is on all parts but the last,
 * flag 8 on all but the first. Their frame numbers follow each other. A page counts as the last
 * part that has it says, and only the last part makes a database of them.
 *
 * <p>An instance says what the bytes say; {@link #decode} and {@link #encode} refuse what breaks
 * the table, so nothing that comes out of either needs a second check. Immutable, except that the
 * page bytes are those of the caller's buffer or array.
 *
 * @param place where among the frames of its segment it stands
 * @param kind what its segment is
 * @param pageSize page size in bytes, 512 to 65,536
 * @param pageNo page number, from 1; compare it as unsigned
 * @param segmentStartFrameNo first frame number that the segment covers
 * @param segmentEndFrameNo last frame number that the segment covers
 * @param frameNo number of this frame
 * @param logId names one continuous history of the namespace
 * @param epoch fencing token of the capturer; compare it as unsigned
 * @param sizeAfter pages of the database after the segment, on the last frame; compare it as
 *     unsigned; 0 where a next part follows
 * @param databaseChecksum checksum of the database after the segment, on the last frame; 0 if not
 *     stated
 * @param page the page, from position to limit; a decoded one is a view of the value's own bytes
 */
public record FrameRecord(
    FramePlace place,
    SegmentKind kind,
    int pageSize,
    int pageNo,
    long segmentStartFrameNo,
    long segmentEndFrameNo,
    long frameNo,
    UUID logId,
    int epoch,
    int sizeAfter,
    long databaseChecksum,
    ByteBuffer page) {

  /** Bytes before the page. */
  public static final int HEADER_BYTES = 68;

  private static final byte VERSION = 1;
  private static final int LAST = 1;
  private static final int FIRST = 4;
  private static final int CRC_OFFSET = 64;
  private static final int MIN_PAGE_SIZE = 512;
  private static final int MAX_PAGE_SIZE = 65_536;
  private static final int LOCK_BYTE = 0x4000_0000;

  /** Whether this frame ends its segment. */
  public boolean last() {
    return place.last();
  }

  /** Whether the segment is a snapshot or a part of one, and so needs nothing before it. */
  public boolean snapshot() {
    return kind.isSnapshot();
  }

  /** The number of the page that holds SQLite's lock bytes and so is never part of a database. */
  public static int lockBytePageNo(int pageSize) {
    return LOCK_BYTE / pageSize + 1;
  }

  /**
   * Reads a value. Allocates nothing that depends on what it says.
   *
   * @param value a record's value; the page of the result is a view of it
   * @throws InvalidFrameException naming the first thing that is wrong
   */
  public static FrameRecord decode(byte[] value) throws InvalidFrameException {
    if (value == null || value.length < HEADER_BYTES) {
      throw new InvalidFrameException(
          "value of "
              + (value == null ? 0 : value.length)
              + " bytes is shorter than a frame header of "
              + HEADER_BYTES);
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    if (in.get(0) != VERSION) {
      throw new InvalidFrameException(
          "frame version " + Byte.toUnsignedInt(in.get(0)) + ", not " + VERSION);
    }
    int flags = Byte.toUnsignedInt(in.get(1));
    SegmentKind kind = SegmentKind.of(flags & ~(FIRST | LAST));
    int pageSize = checkedPageSize(Short.toUnsignedInt(in.getShort(2)));
    if (value.length != HEADER_BYTES + pageSize) {
      throw new InvalidFrameException(
          "value of "
              + value.length
              + " bytes, not "
              + (HEADER_BYTES + pageSize)
              + " as page size "
              + pageSize
              + " asks for");
    }
    int crc = crc(value);
    if (in.getInt(CRC_OFFSET) != crc) {
      throw new InvalidFrameException(
          String.format("CRC32C %08x stated, %08x computed", in.getInt(CRC_OFFSET), crc));
    }
    boolean last = (flags & LAST) != 0;
    FrameRecord frame =
        new FrameRecord(
            new FramePlace(
                (flags & FIRST) != 0, last, last ? 0 : in.getInt(56), last ? 0 : in.getInt(60)),
            kind,
            pageSize,
            in.getInt(4),
            in.getLong(8),
            in.getLong(16),
            in.getLong(24),
            new UUID(in.getLong(32), in.getLong(40)),
            in.getInt(48),
            in.getInt(52),
            last ? in.getLong(56) : 0,
            in.slice(HEADER_BYTES, pageSize));
    frame.checkNumbers();
    return frame;
  }

  /**
   * Makes the value.
   *
   * @throws InvalidFrameException if {@link #decode} would refuse it, or the page is not of the
   *     page size
   */
  public byte[] encode() throws InvalidFrameException {
    int sizeCode = pageSize == MAX_PAGE_SIZE ? 1 : pageSize;
    if (pageSize != checkedPageSize(sizeCode) || page.remaining() != pageSize) {
      throw new InvalidFrameException(
          "page of " + page.remaining() + " bytes with page size " + pageSize);
    }
    checkNumbers();
    byte[] value = new byte[HEADER_BYTES + pageSize];
    ByteBuffer.wrap(value)
        .put(VERSION)
        .put((byte) ((place.last() ? LAST : 0) | (place.first() ? FIRST : 0) | kind.flags()))
        .putShort((short) sizeCode)
        .putInt(pageNo)
        .putLong(segmentStartFrameNo)
        .putLong(segmentEndFrameNo)
        .putLong(frameNo)
        .putLong(logId.getMostSignificantBits())
        .putLong(logId.getLeastSignificantBits())
        .putInt(epoch)
        .putInt(sizeAfter)
        .putLong(place.last() ? databaseChecksum : place.inOneNumber())
        .putInt(0)
        .put(page.duplicate());
    ByteBuffer.wrap(value).putInt(CRC_OFFSET, crc(value));
    return value;
  }

  private static int checkedPageSize(int code) throws InvalidFrameException {
    if (code == 1) {
      return MAX_PAGE_SIZE;
    }
    if (code < MIN_PAGE_SIZE || code >= MAX_PAGE_SIZE || Integer.bitCount(code) != 1) {
      throw new InvalidFrameException("page size " + code);
    }
    return code;
  }

  private void checkNumbers() throws InvalidFrameException {
    if (pageNo == 0 || pageNo == -1) {
      throw new InvalidFrameException("page no " + Integer.toUnsignedString(pageNo));
    }
    if (pageNo == lockBytePageNo(pageSize)) {
      throw new InvalidFrameException("page no " + pageNo + " is the lock-byte page");
    }
    if (segmentStartFrameNo < 1 || segmentEndFrameNo < segmentStartFrameNo) {
      throw new InvalidFrameException("segment " + segmentFrames());
    }
    if (frameNo < segmentStartFrameNo || frameNo > segmentEndFrameNo) {
      throw new InvalidFrameException(
          "frame no " + Long.toUnsignedString(frameNo) + " outside segment " + segmentFrames());
    }
    place.check();
    if (place.last() && kind.isEnd()) {
      checkSizeAfter();
    } else if (sizeAfter != 0 || databaseChecksum != 0) {
      throw new InvalidFrameException(
          "size after or database checksum on a frame that ends no transaction");
    }
  }

  private void checkSizeAfter() throws InvalidFrameException {
    if (sizeAfter == 0 || sizeAfter == -1 || Integer.compareUnsigned(pageNo, sizeAfter) > 0) {
      throw new InvalidFrameException(
          "page no "
              + Integer.toUnsignedString(pageNo)
              + " with size after "
              + Integer.toUnsignedString(sizeAfter));
    }
  }

  private String segmentFrames() {
    return "from frame "
        + Long.toUnsignedString(segmentStartFrameNo)
        + " to "
        + Long.toUnsignedString(segmentEndFrameNo);
  }

  private static int crc(byte[] value) {
    CRC32C crc = new CRC32C();
    crc.update(value, 0, CRC_OFFSET);
    crc.update(value, HEADER_BYTES, value.length - HEADER_BYTES);
    return (int) crc.getValue();
  }
}

package io.walcast.sqlite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The wal-index header: what is committed. Two copies stand at offsets 0 and 48 of the {@code -shm}
 * file; integers are in the machine's byte order.
 *
 * <pre>
 *    0  u32  version, 3007000          16  u32  last committed frame of the WAL
 *    4  u32  unused                    20  u32  database size in pages
 *    8  u32  change counter            24  u64  running checksum of the last frame
 *   12  u8   1 if initialised          32  u64  the WAL's salts, as in its header
 *   13  u8   1 if checksums are BE     40  u64  checksum of bytes 0 to 39
 *   14  u16  page size, 1 for 65,536
 * </pre>
 *
 * @param version format version
 * @param change counts commits; wraps
 * @param pageSize page size in bytes; 0 after the rebuilding of an empty WAL
 * @param maxFrame last committed frame; 0 if the WAL holds none
 * @param sizePages database size in pages; 0 after the rebuilding of an empty WAL
 * @param checksum running checksum at {@code maxFrame}, packed as {@link WalChecksum} does
 * @param salt1 first salt of the WAL generation
 * @param salt2 second salt of the WAL generation
 * @param bigEndianChecksum whether the WAL's checksums read its bytes as big-endian words
 */
public record WalIndexHeader(
    int version,
    int change,
    int pageSize,
    int maxFrame,
    int sizePages,
    long checksum,
    int salt1,
    int salt2,
    boolean bigEndianChecksum) {

  /** Length of one copy in bytes. */
  public static final int LENGTH = 48;

  /** The only version of wal-index and WAL that SQLite has ever written. */
  public static final int VERSION = 3007000;

  static final int CHANGE_AT = 8;
  static final int MAX_FRAME_AT = 16;
  static final int SALTS_AT = 32;

  private static final int CHECKED = 40;
  private static final boolean NATIVE_BIG_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

  /** The header of a WAL without frames, as a rebuilding starts from. */
  static WalIndexHeader empty() {
    return new WalIndexHeader(VERSION, 0, 0, 0, 0, 0, 0, 0, false);
  }

  /** A rebuilding before its first commit. */
  static WalIndexHeader rebuilt(WalHeader wal) {
    return new WalIndexHeader(
        VERSION, 0, 0, 0, 0, 0, wal.salt1(), wal.salt2(), wal.bigEndianChecksum());
  }

  /**
   * Reads one copy; {@code null} if it is not initialised, its checksum is wrong, or it says what
   * no WAL can have.
   */
  static WalIndexHeader decode(byte[] copy) {
    ByteBuffer in = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
    if (in.get(12) == 0
        || packed(in, CHECKED) != WalChecksum.update(copy, 0, CHECKED, 0, NATIVE_BIG_ENDIAN)) {
      return null;
    }
    int sizeBits = in.getShort(14) & 0xffff;
    int pageSize = (sizeBits & 0xfe00) | (sizeBits & 1) << 16;
    if (in.getInt(16) < 0 || (pageSize != 0 && !DatabaseHeader.isPageSize(pageSize))) {
      return null;
    }
    ByteBuffer salts = ByteBuffer.wrap(copy); // copied from the WAL header, so big-endian
    return new WalIndexHeader(
        in.getInt(0),
        in.getInt(8),
        pageSize,
        in.getInt(16),
        in.getInt(20),
        packed(in, 24),
        salts.getInt(32),
        salts.getInt(36),
        in.get(13) != 0);
  }

  byte[] encode() {
    byte[] copy = new byte[LENGTH];
    ByteBuffer out = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
    out.putInt(0, version);
    out.putInt(8, change);
    out.put(12, (byte) 1);
    out.put(13, (byte) (bigEndianChecksum ? 1 : 0));
    out.putShort(14, (short) ((pageSize & 0xff00) | (pageSize >>> 16)));
    out.putInt(16, maxFrame);
    out.putInt(20, sizePages);
    pack(out, 24, checksum);
    ByteBuffer.wrap(copy).putInt(32, salt1).putInt(36, salt2);
    pack(out, CHECKED, WalChecksum.update(copy, 0, CHECKED, 0, NATIVE_BIG_ENDIAN));
    return copy;
  }

  /** Whether both describe the same generation of the WAL. */
  public boolean sameGeneration(WalIndexHeader other) {
    return salt1 == other.salt1 && salt2 == other.salt2;
  }

  /** After one more commit in the same generation. */
  WalIndexHeader committed(int lastFrame, int sizePages, int pageSize, long checksum) {
    return new WalIndexHeader(
        version,
        change + 1,
        pageSize,
        lastFrame,
        sizePages,
        checksum,
        salt1,
        salt2,
        bigEndianChecksum);
  }

  /** The same content at the start of a new generation. */
  WalIndexHeader started(WalHeader wal) {
    return new WalIndexHeader(
        version,
        change,
        pageSize,
        0,
        sizePages,
        wal.checksum(),
        wal.salt1(),
        wal.salt2(),
        wal.bigEndianChecksum());
  }

  /** The same content, all of it back-filled, with the salts of the generation to come. */
  WalIndexHeader reset(int newSalt2) {
    return new WalIndexHeader(
        version, change, pageSize, 0, sizePages, checksum, salt1 + 1, newSalt2, bigEndianChecksum);
  }

  /** During a rebuilding: after the committing frame at hand. */
  WalIndexHeader recovered(WalFrames frames, int pageSize) {
    return new WalIndexHeader(
        version,
        change,
        pageSize,
        frames.frame(),
        frames.sizeAfter(),
        frames.checksum(),
        salt1,
        salt2,
        bigEndianChecksum);
  }

  private static long packed(ByteBuffer in, int offset) {
    return (in.getInt(offset) & 0xffff_ffffL) | (long) in.getInt(offset + 4) << 32;
  }

  private static void pack(ByteBuffer out, int offset, long checksum) {
    out.putInt(offset, (int) checksum).putInt(offset + 4, (int) (checksum >>> 32));
  }
}

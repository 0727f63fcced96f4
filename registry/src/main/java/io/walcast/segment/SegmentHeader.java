package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The first bytes of a segment file: written once, never changed. Big-endian.
 *
 * <pre>
 *   0   u64   magic "WALCASTS"
 *   8   u16   version, 1
 *   10  u16   zero
 *   12  u32   page size in bytes
 *   16  u64   start frame no
 *   24  u32   database size before, in pages
 *   28  u32   epoch
 *   32  u128  log id
 *   48  u64   salt
 *   56  u64   created at, milliseconds since 1970
 *   64  u32   CRC32C of everything before
 *   68        frames: {@link FrameFormat}; once sealed, index and {@link SegmentTrailer}
 * </pre>
 *
 * @param pageSize page size in bytes, a power of two from 512 to 65,536
 * @param startFrameNo number that the first frame has at least; one above the log before
 * @param sizeBefore database size in pages before the first frame
 * @param logId names the history that the segment belongs to
 * @param epoch fencing token of the capturer, unsigned
 * @param salt random; no checksum of another segment fits this one
 * @param createdAt when the segment was begun
 */
public record SegmentHeader(
    int pageSize,
    long startFrameNo,
    int sizeBefore,
    UUID logId,
    int epoch,
    long salt,
    Instant createdAt) {

  /** Length in bytes. */
  public static final int LENGTH = 68;

  /** Where the start frame number stands. */
  public static final int START_FRAME_NO_AT = 16;

  private static final long MAGIC = 0x57414c4341535453L;
  private static final int VERSION = 1;
  private static final int VERSION_AT = 8;
  private static final int ZERO_AT = 10;
  private static final int CRC_AT = 64;

  /** Checks the fields. */
  public SegmentHeader {
    if (!isPageSize(pageSize)) {
      throw new IllegalArgumentException("not a page size: " + pageSize);
    }
    if (startFrameNo < 1) {
      throw new IllegalArgumentException("start frame no " + startFrameNo + " is below 1");
    }
  }

  /** Whether SQLite knows this page size. */
  public static boolean isPageSize(int bytes) {
    return bytes >= 512 && bytes <= 65536 && Integer.bitCount(bytes) == 1;
  }

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putLong(MAGIC).putShort((short) VERSION).putShort((short) 0).putInt(pageSize);
    bytes.putLong(startFrameNo).putInt(sizeBefore).putInt(epoch);
    bytes.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    bytes.putLong(salt).putLong(createdAt.toEpochMilli()).putInt(checksum(bytes));
    return bytes.flip();
  }

  static SegmentHeader read(StorageFile file) throws IOException {
    Path path = file.path();
    ByteBuffer bytes = start(file);
    if (!mayBeTorn(bytes, VERSION_AT)) {
      throw new NotASegmentException(path);
    }
    if (bytes.limit() < LENGTH) {
      throw new CorruptSegmentException(path, bytes.limit(), "the file ends inside the header");
    }
    int version = Short.toUnsignedInt(bytes.getShort(VERSION_AT));
    if (!mayBeTorn(bytes, VERSION_AT + 2)) {
      throw new UnsupportedSegmentVersionException(path, VERSION_AT, version, VERSION);
    }
    if (bytes.getInt(CRC_AT) != checksum(bytes)) {
      throw new CorruptSegmentException(path, CRC_AT, "the header's checksum does not fit");
    }
    if (bytes.getLong(0) != MAGIC) { // zeros that were written, not torn: the checksum fits
      throw new NotASegmentException(path);
    }
    if (version != VERSION) {
      throw new UnsupportedSegmentVersionException(path, VERSION_AT, version, VERSION);
    }
    boolean possible =
        bytes.getShort(ZERO_AT) == 0
            && isPageSize(bytes.getInt(12))
            && bytes.getLong(START_FRAME_NO_AT) >= 1
            && bytes.getInt(24) >= 0;
    if (!possible) {
      throw new CorruptSegmentException(
          path, ZERO_AT, "impossible page size, start frame no or database size");
    }
    return new SegmentHeader(
        bytes.getInt(12),
        bytes.getLong(START_FRAME_NO_AT),
        bytes.getInt(24),
        new UUID(bytes.getLong(32), bytes.getLong(40)),
        bytes.getInt(28),
        bytes.getLong(48),
        Instant.ofEpochMilli(bytes.getLong(56)));
  }

  /**
   * Whether a crash of the machine kept the header, or part of it, from the disk, so that no seal
   * can be there: it is short, zeroed or torn. Where it does not fit but the file ends as a sealed
   * one does, it was durable once and is damaged now.
   */
  static boolean isUnwritten(StorageFile file) throws IOException {
    ByteBuffer bytes = start(file);
    return mayBeTorn(bytes, VERSION_AT + 2)
        && (bytes.limit() < LENGTH
            || (bytes.getInt(CRC_AT) != checksum(bytes) && !SegmentTrailer.endsWithMagic(file)));
  }

  /** Whether each of the first bytes, magic and version, is ours or was never written. */
  private static boolean mayBeTorn(ByteBuffer bytes, int length) {
    byte[] ours = ByteBuffer.allocate(10).putLong(MAGIC).putShort((short) VERSION).array();
    for (int i = 0; i < Math.min(length, bytes.limit()); i++) {
      if (bytes.get(i) != ours[i] && bytes.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static ByteBuffer start(StorageFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LENGTH, file.size()));
    file.readFully(bytes, 0);
    return bytes.flip();
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, CRC_AT);
    return (int) crc.getValue();
  }
}

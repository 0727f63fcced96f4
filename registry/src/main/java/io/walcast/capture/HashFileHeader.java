package io.walcast.capture;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The start of the file of kept page hashes, and what follows. Big-endian.
 *
 * <pre>
 *   0    u64   magic "WCHASHES"
 *   8    u32   version, 1
 *   12   u32   page size in bytes
 *   16   u128  log id
 *   32   u64   frame no that the hashes are as of
 *   40   u32   pages of the database at that frame
 *   44   u32   zero
 *   48   u64   XOR of the hashes of all pages but the lock-byte page
 *   56   u128  boot of the system in which this was written
 *   72   u64   device of this file
 *   80   u64   inode of this file
 *   88   u32   CRC32C of everything before
 *   4096 u64   hash of page 1, then of page 2 and so on
 * </pre>
 *
 * @param pageSize page size in bytes
 * @param logId log that the frame number counts in
 * @param frameNo last frame that the hashes include
 * @param pages database size in pages
 * @param checksum XOR of the hashes, the lock-byte page left out
 * @param bootId in which run of the system the file was last written
 * @param device of the file itself: a copy of it has another
 * @param inode of the file itself
 */
record HashFileHeader(
    int pageSize,
    UUID logId,
    long frameNo,
    int pages,
    long checksum,
    UUID bootId,
    long device,
    long inode) {

  static final int LENGTH = 92;

  /** Where the hash of page 1 is. */
  static final int HASHES_AT = 4096;

  private static final long MAGIC = 0x5743484153484553L;
  private static final int VERSION = 1;
  private static final int CRC_AT = 88;

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(LENGTH);
    out.putLong(MAGIC).putInt(VERSION).putInt(pageSize);
    out.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    out.putLong(frameNo).putInt(pages).putInt(0).putLong(checksum);
    out.putLong(bootId.getMostSignificantBits()).putLong(bootId.getLeastSignificantBits());
    out.putLong(device).putLong(inode);
    return out.putInt(crc(out)).flip();
  }

  /** Reads a header; empty if it is none, is damaged or of another version. */
  static Optional<HashFileHeader> decode(ByteBuffer in) {
    if (in.getLong(0) != MAGIC || in.getInt(8) != VERSION || in.getInt(CRC_AT) != crc(in)) {
      return Optional.empty();
    }
    return Optional.of(
        new HashFileHeader(
            in.getInt(12),
            new UUID(in.getLong(16), in.getLong(24)),
            in.getLong(32),
            in.getInt(40),
            in.getLong(48),
            new UUID(in.getLong(56), in.getLong(64)),
            in.getLong(72),
            in.getLong(80)));
  }

  /** Whether the hashes are of this log, up to this frame or a later one. */
  boolean reaches(UUID log, int size, long frame) {
    return logId.equals(log) && pageSize == size && frameNo >= frame;
  }

  private static int crc(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.array(), header.arrayOffset(), CRC_AT);
    return (int) crc.getValue();
  }
}

package io.walcast.checkpoint;

import io.walcast.io.StorageFile;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The last bytes of a private database file, right behind its last page: how far it is
 * checkpointed. Big-endian.
 *
 * <pre>
 *   0   u64   magic "WALCASTF"
 *   8   u16   version, 1
 *   10  u16   zero
 *   12  u32   page size in bytes
 *   16  u128  log id
 *   32  u32   epoch
 *   36  u32   database size in pages
 *   40  u64   checkpointed frame no
 *   48  u64   database checksum at that frame; 0: not stated
 *   56  u32   CRC32C of everything before
 * </pre>
 *
 * @param position what is in the file
 * @param databaseChecksum checksum of the whole database; 0: not stated
 */
record PrivateFooter(LogPosition position, long databaseChecksum) {

  /** Length in bytes. */
  static final int LENGTH = 60;

  private static final long MAGIC = 0x57414c4341535446L;
  private static final int VERSION = 1;
  private static final int CRC_AT = 56;

  /** Where it stands in the file. */
  long offset() {
    return Integer.toUnsignedLong(position.sizePages()) * position.pageSize();
  }

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putLong(MAGIC).putShort((short) VERSION).putShort((short) 0);
    bytes.putInt(position.pageSize());
    bytes.putLong(position.logId().getMostSignificantBits());
    bytes.putLong(position.logId().getLeastSignificantBits());
    bytes.putInt(position.epoch()).putInt(position.sizePages());
    bytes.putLong(position.frameNo()).putLong(databaseChecksum);
    return bytes.putInt(checksum(bytes)).flip();
  }

  /**
   * Reads the footer of a file; empty if it has none, as a new database, one of SQLite's own, or
   * one with a checkpoint half done.
   *
   * @throws IOException if a newer Walcast wrote it; names file and offset
   */
  static Optional<PrivateFooter> read(StorageFile file) throws IOException {
    long at = file.size() - LENGTH;
    if (at < 0) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    file.readFully(bytes, at);
    if (bytes.getLong(0) != MAGIC || bytes.getInt(CRC_AT) != checksum(bytes)) {
      return Optional.empty();
    }
    if (bytes.getShort(8) != VERSION) {
      throw new IOException(
          file.path()
              + " at "
              + (at + 8)
              + ": footer version "
              + Short.toUnsignedInt(bytes.getShort(8))
              + ", this Walcast reads "
              + VERSION);
    }
    PrivateFooter footer = decode(bytes);
    boolean fits = DatabaseHeader.isPageSize(bytes.getInt(12)) && footer.offset() == at;
    return fits ? Optional.of(footer) : Optional.empty();
  }

  private static PrivateFooter decode(ByteBuffer bytes) {
    UUID logId = new UUID(bytes.getLong(16), bytes.getLong(24));
    return new PrivateFooter(
        new LogPosition(
            logId, bytes.getInt(32), bytes.getLong(40), bytes.getInt(36), bytes.getInt(12)),
        bytes.getLong(48));
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, CRC_AT);
    return (int) crc.getValue();
  }
}

package io.walcast.sqlite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The first 100 bytes of a SQLite database, as far as Walcast uses them. All numbers are
 * big-endian.
 *
 * <pre>
 *  0  16 bytes  "SQLite format 3" and a zero
 * 16  u16       page size; 1 means 65,536
 * 18  u8        write version: 1 rollback journal, 2 WAL
 * 19  u8        read version: 1 rollback journal, 2 WAL
 * 24  u32       file change counter
 * 28  u32       size of the database in pages
 * 92  u32       change counter for which the size (and the SQLite version at 96) are valid
 * </pre>
 *
 * @param pageSize in bytes, a power of two from 512 to 65,536
 * @param writeVersion 2 in WAL mode
 * @param readVersion 2 in WAL mode
 * @param changeCounter file change counter; in WAL mode it moves only with page 1
 * @param sizePages database size in pages; right only if {@code changeCounter == versionValidFor}
 * @param versionValidFor change counter at which the size was written
 */
public record DatabaseHeader(
    int pageSize,
    int writeVersion,
    int readVersion,
    int changeCounter,
    int sizePages,
    int versionValidFor) {

  /** Length in bytes. */
  public static final int LENGTH = 100;

  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int WAL_VERSION = 2;

  /**
   * Reads the header from a buffer that holds at least {@link #LENGTH} bytes from its position on.
   * The buffer's position does not move.
   *
   * @param database named in errors
   * @throws NotADatabaseException if the bytes are too few, or not a database's
   */
  public static DatabaseHeader parse(ByteBuffer bytes, Path database) throws NotADatabaseException {
    if (bytes.remaining() < LENGTH) {
      throw new NotADatabaseException(
          database + " is no SQLite database: " + bytes.remaining() + " bytes only");
    }
    ByteBuffer header = bytes.slice().order(ByteOrder.BIG_ENDIAN);
    for (int i = 0; i < MAGIC.length; i++) {
      if (header.get(i) != MAGIC[i]) {
        throw new NotADatabaseException(
            database + " is no SQLite database: wrong magic at offset " + i);
      }
    }
    int raw = header.getShort(16) & 0xffff;
    int pageSize = raw == 1 ? 65536 : raw;
    if (!isPageSize(pageSize)) {
      throw new NotADatabaseException(
          database + " is no SQLite database: page size " + pageSize + " at offset 16");
    }
    return new DatabaseHeader(
        pageSize,
        header.get(18),
        header.get(19),
        header.getInt(24),
        header.getInt(28),
        header.getInt(92));
  }

  /** Whether a database can have pages of this many bytes. */
  public static boolean isPageSize(int bytes) {
    return bytes >= 512 && bytes <= 65536 && Integer.bitCount(bytes) == 1;
  }

  /**
   * The page that holds the lock bytes at 1 GiB. It is never written, and belongs to no log.
   *
   * @return its number, from 1
   */
  public static int lockBytePage(int pageSize) {
    return 0x4000_0000 / pageSize + 1;
  }

  /** Whether readers and writers use the write-ahead log. */
  public boolean isWal() {
    return writeVersion == WAL_VERSION && readVersion == WAL_VERSION;
  }
}

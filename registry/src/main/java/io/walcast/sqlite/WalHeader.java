package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The header of a SQLite write-ahead log. All numbers are big-endian.
 *
 * <pre>
 *  0  u32  magic: 0x377f0682, or 0x377f0683 if checksums read their words big-endian
 *  4  u32  format version, 3007000
 *  8  u32  page size in bytes
 * 12  u32  checkpoint sequence number
 * 16  u32  salt 1: one more with each reset
 * 20  u32  salt 2: random with each reset
 * 24  u32  checksum 1 } over the 24 bytes before
 * 28  u32  checksum 2 }
 * </pre>
 *
 * @param bigEndianChecksum byte order of the words that checksums are taken over
 * @param pageSize page size in bytes
 * @param checkpointSequence counts the resets of this file
 * @param salt1 first salt
 * @param salt2 second salt
 * @param checksum state after the header, from which the frames' checksums go on
 */
public record WalHeader(
    boolean bigEndianChecksum,
    int pageSize,
    int checkpointSequence,
    int salt1,
    int salt2,
    long checksum) {

  /** Length in bytes. */
  public static final int LENGTH = 32;

  /** Length of the header of each frame, in bytes. */
  public static final int FRAME_HEADER_LENGTH = 24;

  private static final int MAGIC = 0x377f0682;
  private static final int VERSION = 3007000;
  private static final int SUMMED = 24;

  /** The header of a new generation, with checksums in this machine's own byte order. */
  public static WalHeader of(int pageSize, int checkpointSequence, int salt1, int salt2) {
    boolean bigEndian = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    byte[] bytes = summedBytes(bigEndian, pageSize, checkpointSequence, salt1, salt2);
    long checksum = WalChecksum.update(bytes, 0, SUMMED, 0, bigEndian);
    return new WalHeader(bigEndian, pageSize, checkpointSequence, salt1, salt2, checksum);
  }

  /**
   * Reads the header of a WAL file.
   *
   * @return empty if the file holds none, or one that SQLite too would take for no header; both are
   *     normal in a WAL without frames
   */
  public static Optional<WalHeader> read(StorageFile wal) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    while (bytes.hasRemaining()) {
      if (wal.read(bytes, bytes.position()) < 0) {
        return Optional.empty();
      }
    }
    return parse(bytes.array());
  }

  /** Reads a header from the first bytes of an array; empty if it is none. */
  public static Optional<WalHeader> parse(byte[] bytes) {
    if (bytes.length < LENGTH) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    int magic = header.getInt(0);
    boolean bigEndian = (magic & 1) != 0;
    int pageSize = header.getInt(8);
    long checksum = WalChecksum.update(bytes, 0, SUMMED, 0, bigEndian);
    if ((magic & ~1) != MAGIC
        || header.getInt(4) != VERSION
        || !DatabaseHeader.isPageSize(pageSize)
        || checksum != WalChecksum.pack(header.getInt(24), header.getInt(28))) {
      return Optional.empty();
    }
    return Optional.of(
        new WalHeader(
            bigEndian,
            pageSize,
            header.getInt(12),
            header.getInt(16),
            header.getInt(20),
            checksum));
  }

  /** The bytes of this header, ready to be written. */
  public ByteBuffer encode() {
    ByteBuffer header = ByteBuffer.allocate(LENGTH);
    header.put(summedBytes(bigEndianChecksum, pageSize, checkpointSequence, salt1, salt2));
    header.putInt(WalChecksum.s1(checksum)).putInt(WalChecksum.s2(checksum));
    return header.flip();
  }

  /** Where a frame starts in the file, in bytes. */
  public static long frameOffset(int frame, int pageSize) {
    return LENGTH + (frame - 1L) * (FRAME_HEADER_LENGTH + pageSize);
  }

  private static byte[] summedBytes(
      boolean bigEndian, int pageSize, int checkpointSequence, int salt1, int salt2) {
    return ByteBuffer.allocate(SUMMED)
        .putInt(bigEndian ? MAGIC | 1 : MAGIC)
        .putInt(VERSION)
        .putInt(pageSize)
        .putInt(checkpointSequence)
        .putInt(salt1)
        .putInt(salt2)
        .array();
  }
}

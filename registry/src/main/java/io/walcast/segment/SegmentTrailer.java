package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * The last bytes of a sealed segment, and the index in front of it. Big-endian.
 *
 * <pre>
 *   index, sorted by page no, one entry for each page up to the size after:
 *   0   u32  page no
 *   4   u32  ordinal of its newest frame, from 0: its offset is 68 + ordinal * (24 + page size)
 *
 *   trailer:
 *   0   u64  last committed frame no
 *   8   u32  frame count
 *   12  u32  database size after, in pages
 *   16  u64  sealed at, milliseconds since 1970
 *   24  u64  database checksum; 0: not stated
 *   32  u64  offset of the index
 *   40  u32  part of a snapshot: 0 none, 1 last, 2 first, 3 between them
 *   44  u32  length of the index in bytes
 *   48  u32  CRC32C of the index
 *   52  u32  running checksum of the last frame
 *   56  u32  CRC32C of the salt and everything before
 *   60  u64  magic "WCSEALED"
 * </pre>
 */
record SegmentTrailer(
    long lastFrameNo,
    int frameCount,
    int sizeAfter,
    Instant sealedAt,
    long databaseChecksum,
    long indexOffset,
    long indexLength,
    int indexChecksum,
    int runningChecksum,
    SnapshotPart part) {

  static final int LENGTH = 68;
  static final int INDEX_ENTRY = 8;

  private static final long MAGIC = 0x57435345414c4544L;
  private static final int CRC_AT = 56;

  ByteBuffer encode(long salt) {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putLong(lastFrameNo).putInt(frameCount).putInt(sizeAfter);
    bytes.putLong(sealedAt.toEpochMilli()).putLong(databaseChecksum);
    bytes.putLong(indexOffset).putInt(part.code()).putInt((int) indexLength);
    bytes.putInt(indexChecksum).putInt(runningChecksum);
    bytes.putInt(checksum(bytes, salt)).putLong(MAGIC);
    return bytes.flip();
  }

  /** Whether a file ends as a sealed segment does. */
  static boolean endsWithMagic(StorageFile file) throws IOException {
    ByteBuffer end = ByteBuffer.allocate(8);
    if (file.size() < SegmentHeader.LENGTH + LENGTH) {
      return false;
    }
    file.readFully(end, file.size() - 8);
    return end.getLong(0) == MAGIC;
  }

  /**
   * Reads the end of a segment file; {@code null} if the segment is not sealed, or its trailer is
   * torn: then all its frames are there to be recovered, as they are synced before it is written.
   *
   * @throws CorruptSegmentException if the trailer is whole and contradicts the file
   */
  static SegmentTrailer read(StorageFile file, SegmentHeader header) throws IOException {
    long at = file.size() - LENGTH;
    int frameBytes = FrameFormat.frameBytes(header.pageSize());
    if (at < SegmentHeader.LENGTH + frameBytes) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    file.readFully(bytes, at);
    if (bytes.getLong(LENGTH - 8) != MAGIC) {
      return null;
    }
    if (bytes.getInt(CRC_AT) != checksum(bytes, header.salt())) {
      return null; // torn, or a page that happens to end in the magic
    }
    SegmentTrailer trailer =
        new SegmentTrailer(
            bytes.getLong(0),
            bytes.getInt(8),
            bytes.getInt(12),
            Instant.ofEpochMilli(bytes.getLong(16)),
            bytes.getLong(24),
            bytes.getLong(32),
            Integer.toUnsignedLong(bytes.getInt(44)),
            bytes.getInt(48),
            bytes.getInt(52),
            SnapshotPart.of(bytes.getInt(40)));
    trailer.check(file, header, at);
    return trailer;
  }

  private void check(StorageFile file, SegmentHeader header, long at) throws IOException {
    boolean fits =
        frameCount > 0
            && sizeAfter > 0
            && part != null
            && lastFrameNo >= header.startFrameNo()
            && indexOffset == FrameFormat.offset(frameCount, header.pageSize())
            && indexLength % INDEX_ENTRY == 0
            && indexLength / INDEX_ENTRY <= frameCount
            && indexOffset + indexLength == at;
    if (!fits) {
      throw new CorruptSegmentException(
          file.path(), at, "the trailer contradicts the file: " + this);
    }
  }

  private static int checksum(ByteBuffer bytes, long salt) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, salt));
    crc.update(bytes.array(), 0, CRC_AT);
    return (int) crc.getValue();
  }
}

package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.segment.SealedSegment;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was in segments that were dropped before Kafka was known to have them. Replicas may have
 * applied them nevertheless: so the resync that takes their place writes these pages even where
 * they look as the log has them. Immutable. Big-endian:
 *
 * <pre>
 *   0   u64  magic "WCDROPPD"
 *   8   u32  version, 1
 *   12  u32  smallest database size in pages that any of the segments led to
 *   16  u128 log id
 *   32  u64  last frame no that was dropped
 *   40  u32  length n of the page numbers in bytes
 *   44  n    page numbers, a RoaringBitmap in its portable format
 *   44+n u32 CRC32C of everything before
 * </pre>
 *
 * @param logId log that they belonged to
 * @param lastFrameNo last frame number that was dropped
 * @param smallestSize smallest database size in pages that any of the segments led to
 * @param pages pages that they held; not to be changed
 */
record DroppedSegments(UUID logId, long lastFrameNo, int smallestSize, RoaringBitmap pages) {

  private static final Logger LOG = LoggerFactory.getLogger(DroppedSegments.class);
  private static final long MAGIC = 0x574344524f505044L;
  private static final int VERSION = 1;
  private static final int PAGES_AT = 44;
  private static final String NEW = ".new";

  /** Nothing was dropped of this log yet. */
  static DroppedSegments none(UUID logId) {
    return new DroppedSegments(logId, 0, Integer.MAX_VALUE, new RoaringBitmap());
  }

  /** These and more. */
  DroppedSegments and(List<SealedSegment> segments, long upToFrameNo) {
    RoaringBitmap all = pages.clone();
    int smallest = smallestSize;
    for (SealedSegment segment : segments) {
      smallest = Math.min(smallest, segment.sizeAfter());
      for (int i = 0; i < segment.pageCount(); i++) {
        all.add(segment.pageNo(i));
      }
    }
    return new DroppedSegments(logId, Math.max(lastFrameNo, upToFrameNo), smallest, all);
  }

  /** Whether a replica may have another version of a page than the log. */
  boolean mayDiffer(int pageNo) {
    return pageNo > smallestSize || pages.contains(pageNo);
  }

  /** Reads what is remembered; empty if there is nothing, or it is damaged. */
  static Optional<DroppedSegments> read(Io io, Path path) throws IOException {
    if (!io.exists(path)) {
      return Optional.empty();
    }
    try (StorageFile file = io.open(path, Io.OpenMode.READ)) {
      if (file.size() > Integer.MAX_VALUE) {
        throw new EOFException("too long");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.readFully(bytes, 0);
      return decode(bytes.flip());
    } catch (EOFException | NoSuchFileException e) {
      LOG.debug("{} cannot be read: {}", path, e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<DroppedSegments> decode(ByteBuffer in) throws IOException {
    int end = in.limit() - 4;
    boolean whole =
        end >= PAGES_AT
            && in.getLong(0) == MAGIC
            && in.getInt(8) == VERSION
            && in.getInt(40) == end - PAGES_AT
            && in.getInt(end) == crc(in, end);
    if (!whole) {
      return Optional.empty();
    }
    RoaringBitmap pages = new RoaringBitmap();
    pages.deserialize(in.slice(PAGES_AT, end - PAGES_AT));
    UUID logId = new UUID(in.getLong(16), in.getLong(24));
    return Optional.of(new DroppedSegments(logId, in.getLong(32), in.getInt(12), pages));
  }

  /** Remembers this, durably: the segments may go then. */
  void write(Io io, Path path) throws IOException {
    int length = pages.serializedSizeInBytes();
    ByteBuffer out = ByteBuffer.allocate(PAGES_AT + length + 4);
    out.putLong(MAGIC).putInt(VERSION).putInt(smallestSize);
    out.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    out.putLong(lastFrameNo).putInt(length);
    pages.serialize(out.slice(PAGES_AT, length));
    out.putInt(PAGES_AT + length, crc(out, PAGES_AT + length)).rewind();
    Path next = path.resolveSibling(path.getFileName() + NEW);
    try (StorageFile file = io.open(next, Io.OpenMode.TRUNCATE)) {
      file.writeFully(out, 0);
      file.force(true);
    }
    io.rename(next, path);
    io.syncDirectory(path.toAbsolutePath().getParent());
  }

  private static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.arrayOffset(), length);
    return (int) crc.getValue();
  }
}

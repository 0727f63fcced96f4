package io.walcast.segment;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The index of a sealed segment: its pages in ascending order, each with the ordinal of its newest
 * frame. Immutable. The bytes are described at {@link SegmentTrailer}.
 */
final class PageTable {

  private static final int CHUNK = 8192;

  private final long[] entries; // page number high, ordinal low: the file's eight bytes
  private final PageFilter filter;

  /** Takes sorted entries over, as {@link PageIndex#newest} gives them. */
  PageTable(long[] entries) {
    this.entries = entries;
    this.filter = new PageFilter(entries.length);
    for (int i = 0; i < entries.length; i++) {
      filter.add(pageNo(i));
    }
  }

  /**
   * Reads and verifies the index of a segment.
   *
   * @param trailer checked against the length of the file, so that its sizes can be trusted
   */
  static PageTable read(StorageFile file, SegmentTrailer trailer) throws IOException {
    long[] entries = new long[(int) (trailer.indexLength() / SegmentTrailer.INDEX_ENTRY)];
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    long at = trailer.indexOffset();
    for (int i = 0; i < entries.length; i++) {
      if (i % (CHUNK / SegmentTrailer.INDEX_ENTRY) == 0) {
        buffer.clear();
        buffer.limit((int) Math.min(CHUNK, trailer.indexOffset() + trailer.indexLength() - at));
        file.readFully(buffer, at);
        at += buffer.position();
        crc.update(buffer.flip());
        buffer.rewind();
      }
      entries[i] = buffer.getLong();
    }
    if ((int) crc.getValue() != trailer.indexChecksum()) {
      throw new CorruptSegmentException(
          file.path(), trailer.indexOffset(), "the index's checksum does not fit");
    }
    PageTable table = new PageTable(entries);
    table.check(file, trailer);
    return table;
  }

  private void check(StorageFile file, SegmentTrailer trailer) throws IOException {
    int before = 0;
    for (int i = 0; i < entries.length; i++) {
      boolean fits =
          pageNo(i) > before
              && pageNo(i) <= trailer.sizeAfter()
              && ordinal(i) >= 0
              && ordinal(i) < trailer.frameCount();
      if (!fits) {
        throw new CorruptSegmentException(
            file.path(),
            trailer.indexOffset() + (long) i * SegmentTrailer.INDEX_ENTRY,
            "impossible index entry");
      }
      before = pageNo(i);
    }
  }

  int count() {
    return entries.length;
  }

  int pageNo(int i) {
    return (int) (entries[i] >>> 32);
  }

  int ordinal(int i) {
    return (int) entries[i];
  }

  int indexOf(int pageNo) {
    return filter.mayHold(pageNo) ? search(pageNo) : -1;
  }

  private int search(int pageNo) {
    int low = 0;
    int high = entries.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (pageNo(middle) < pageNo) {
        low = middle + 1;
      } else if (pageNo(middle) > pageNo) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1;
  }

  long lengthBytes() {
    return (long) entries.length * SegmentTrailer.INDEX_ENTRY;
  }

  /** Writes the index at a position of a file and returns its CRC32C. */
  int write(StorageFile file, long position) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK, lengthBytes()));
    long at = position;
    for (int i = 0; i < entries.length; i++) {
      buffer.putLong(entries[i]);
      if (!buffer.hasRemaining() || i == entries.length - 1) {
        crc.update(buffer.flip());
        buffer.rewind();
        int length = buffer.remaining();
        file.writeFully(buffer, at);
        at += length;
        buffer.clear();
      }
    }
    return (int) crc.getValue();
  }
}

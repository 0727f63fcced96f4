package io.walcast.capture;

import io.walcast.io.StorageFile;
import io.walcast.segment.LogPosition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes kept hashes, runs of pages at a time; the header last. For one thread. */
final class HashWriter implements Closeable {

  private static final int BUFFER_BYTES = 32 * 1024;

  private final StorageFile file;
  private final HashFile owner;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private int nextPage; // that would go on the run in the buffer

  HashWriter(StorageFile file, HashFile owner) {
    this.file = file;
    this.owner = owner;
  }

  /** Sets the hash of a page; cheap where pages come in order. */
  void put(int pageNo, long hash) throws IOException {
    if (pageNo != nextPage || !buffer.hasRemaining()) {
      flush();
    }
    buffer.putLong(hash);
    nextPage = pageNo + 1;
  }

  /** Writes what was put. */
  void flush() throws IOException {
    if (buffer.position() > 0) {
      int first = nextPage - buffer.position() / 8;
      file.writeFully(buffer.flip(), HashReader.at(first));
      buffer.clear();
    }
  }

  /** XOR of the hashes as they are in the file now. */
  long checksum(int pages, int pageSize) throws IOException {
    flush();
    return new HashReader(file).checksum(pages, pageSize);
  }

  /** Declares everything written: the hashes are now as of {@code end}. */
  void finish(LogPosition end, long checksum) throws IOException {
    flush();
    HashFileHeader header =
        owner.header(end.logId(), end.pageSize(), end.frameNo(), end.sizePages(), checksum);
    file.writeFully(header.encode(), 0);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

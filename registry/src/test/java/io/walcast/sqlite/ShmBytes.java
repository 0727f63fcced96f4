package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import io.walcast.testing.BytesIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/** A {@code -shm} file in memory that is the same for all, since mapped memory is slow to get. */
final class ShmBytes implements StorageFile {

  static final Path PATH = Path.of("x.db-shm");
  private static final int MOST = 4 * HashBlock.LENGTH;
  private static final MappedByteBuffer MEMORY = (MappedByteBuffer) ByteBuffer.allocateDirect(MOST);

  private static int used; // bytes that may not be zero

  private final StorageFile locks = new BytesIo().put(PATH, new byte[0]);
  private int size;

  ShmBytes(byte[] content) {
    MEMORY.put(0, new byte[used]).put(0, content);
    size = content.length;
    used = size;
  }

  @Override
  public Path path() {
    return PATH;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer target, long position) {
    throw new UnsupportedOperationException("the wal-index is mapped");
  }

  @Override
  public void writeFully(ByteBuffer source, long position) throws IOException {
    int end = Math.toIntExact(position + source.remaining());
    if (end > MOST) {
      throw new IOException("no space left for " + PATH);
    }
    MEMORY.duplicate().position((int) position).put(source);
    size = Math.max(size, end);
    used = Math.max(used, end);
  }

  @Override
  public void truncate(long newSize) {
    size = (int) Math.min(size, newSize);
  }

  @Override
  public void force(boolean metadata) {
    // nothing is lost here
  }

  @Override
  public FileLock tryLock(long position, long length, boolean shared) throws IOException {
    return locks.tryLock(position, length, shared);
  }

  @Override
  public MappedByteBuffer map(long position, long length) {
    MappedByteBuffer slice = MEMORY.slice((int) position, (int) length);
    slice.order(ByteOrder.nativeOrder());
    return slice;
  }

  @Override
  public void close() {
    // nothing to give back
  }
}

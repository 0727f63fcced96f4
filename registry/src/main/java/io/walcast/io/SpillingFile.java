package io.walcast.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file in memory until its {@link MemoryBudget} is used up. The content lies in chunks, so that
 * growing moves nothing but a small first one.
 */
final class SpillingFile implements StorageFile {

  private static final int CHUNK = 256 << 10;
  private static final int SMALLEST = 512; // a namespace at rest has a file with a header alone

  private final Io disk;
  private final Path path;
  private final MemoryBudget budget;
  private final List<byte[]> chunks = new ArrayList<>();
  private long size;
  private long taken; // of the budget: the length of all chunks
  private StorageFile spilled; // null while in memory
  private boolean closed;

  SpillingFile(Io disk, Path path, MemoryBudget budget) {
    this.disk = disk;
    this.path = path;
    this.budget = budget;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public synchronized long size() throws IOException {
    checkOpen();
    return spilled == null ? size : spilled.size();
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    StorageFile file;
    synchronized (this) {
      checkOpen();
      file = spilled;
      if (file == null) {
        return readMemory(target, position);
      }
    }
    return file.read(target, position);
  }

  private int readMemory(ByteBuffer target, long position) {
    if (position >= size) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), size - position);
    for (int done = 0; done < count; ) {
      int at = (int) ((position + done) % CHUNK);
      int n = Math.min(count - done, CHUNK - at);
      target.put(chunks.get((int) ((position + done) / CHUNK)), at, n);
      done += n;
    }
    return count;
  }

  @Override
  public synchronized void writeFully(ByteBuffer source, long position) throws IOException {
    checkOpen();
    if (!source.hasRemaining()) {
      return; // or it would grow the file to its position
    }
    long end = position + source.remaining();
    if (spilled == null && !grow(end)) {
      spill();
    }
    if (spilled != null) {
      spilled.writeFully(source, position);
      return;
    }
    for (long at = position; source.hasRemaining(); ) {
      int from = (int) (at % CHUNK);
      int n = Math.min(source.remaining(), CHUNK - from);
      source.get(chunks.get((int) (at / CHUNK)), from, n);
      at += n;
    }
    size = Math.max(size, end);
  }

  /** Makes room up to {@code end}; {@code false} if there is none. */
  private boolean grow(long end) {
    while (taken < end) {
      boolean first = chunks.size() <= 1 && taken < CHUNK;
      long wanted = first ? firstChunk(end) - taken : CHUNK;
      if (!budget.tryTake(wanted)) {
        return false;
      }
      if (first && taken > 0) {
        chunks.set(0, Arrays.copyOf(chunks.get(0), (int) (taken + wanted)));
      } else {
        chunks.add(new byte[(int) wanted]);
      }
      taken += wanted;
    }
    return true;
  }

  private static long firstChunk(long end) {
    long length = SMALLEST;
    while (length < end && length < CHUNK) {
      length *= 2;
    }
    return length;
  }

  private void spill() throws IOException {
    StorageFile file = disk.open(path, Io.OpenMode.TRUNCATE);
    boolean written = false;
    try {
      long at = 0;
      for (byte[] chunk : chunks) {
        int length = (int) Math.min(chunk.length, size - at);
        file.writeFully(ByteBuffer.wrap(chunk, 0, Math.max(0, length)), at);
        at += chunk.length;
      }
      written = true;
    } finally {
      if (!written) {
        file.close();
      }
    }
    spilled = file;
    drop();
  }

  private void drop() {
    chunks.clear();
    budget.giveBack(taken);
    taken = 0;
  }

  @Override
  public synchronized void truncate(long newSize) throws IOException {
    checkOpen();
    if (spilled != null) {
      spilled.truncate(newSize);
    } else if (newSize < size) {
      // What lies beyond would come back as soon as a write left a hole.
      for (long at = newSize; at < size; ) {
        int from = (int) (at % CHUNK);
        int n = (int) Math.min(size - at, CHUNK - from);
        Arrays.fill(chunks.get((int) (at / CHUNK)), from, from + n, (byte) 0);
        at += n;
      }
      size = newSize;
    }
  }

  /** Nothing to do for what is in memory: it is not meant to outlive a crash. */
  @Override
  public synchronized void force(boolean metadata) throws IOException {
    checkOpen();
    if (spilled != null) {
      spilled.force(metadata);
    }
  }

  /** Refused: nobody else can see the file. */
  @Override
  public FileLock tryLock(long position, long length, boolean shared) throws IOException {
    throw new IOException(path + " is in memory and cannot be locked");
  }

  /** Refused: what is in memory may move to disk. */
  @Override
  public MappedByteBuffer map(long position, long length) throws IOException {
    throw new IOException(path + " is in memory and cannot be mapped");
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      drop();
      if (spilled != null) {
        spilled.close();
      }
    }
  }
}

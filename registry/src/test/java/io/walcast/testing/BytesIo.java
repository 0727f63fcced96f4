package io.walcast.testing;

import io.walcast.io.StorageFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files that are arrays, for decoders that are called a hundred thousand times a minute. Locks
 * always succeed, syncs do nothing, the clock stands. For one thread.
 */
public final class BytesIo extends DelegatingIo {

  private final Map<Path, BytesFile> files = new TreeMap<>();

  /** Puts a file there; its array is not changed. */
  public BytesFile put(Path path, byte[] content) {
    BytesFile file = new BytesFile(path, content);
    files.put(path, file);
    return file;
  }

  /** What a file holds. */
  public byte[] content(Path path) {
    BytesFile file = files.get(path);
    return Arrays.copyOf(file.bytes, file.size);
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    BytesFile file = files.get(path);
    if (file == null) {
      if (mode == OpenMode.READ || mode == OpenMode.READ_WRITE) {
        throw new FileNotFoundException(path.toString());
      }
      return put(path, new byte[0]);
    }
    if (mode == OpenMode.TRUNCATE) {
      file.size = 0;
    }
    return file;
  }

  @Override
  public boolean exists(Path path) {
    return files.containsKey(path) || files.keySet().stream().anyMatch(f -> f.startsWith(path));
  }

  @Override
  public List<Path> list(Path directory) {
    return files.keySet().stream().filter(f -> directory.equals(f.getParent())).toList();
  }

  @Override
  public void delete(Path path) {
    files.remove(path);
  }

  @Override
  public void createDirectories(Path directory) {
    // a directory is there once a file is in it
  }

  @Override
  public void syncDirectory(Path directory) {
    // nothing is lost here
  }

  @Override
  public Instant now() {
    return Instant.EPOCH;
  }

  @Override
  public long nanoTime() {
    return 0;
  }

  /** A file that is an array. */
  public static final class BytesFile implements StorageFile {

    private final Path path;
    private byte[] bytes;
    private int size;

    private BytesFile(Path path, byte[] content) {
      this.path = path;
      this.bytes = content.clone();
      this.size = content.length;
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public int read(ByteBuffer target, long position) {
      if (position >= size) {
        return -1;
      }
      int n = (int) Math.min(target.remaining(), size - position);
      target.put(bytes, (int) position, n);
      return n;
    }

    @Override
    public void writeFully(ByteBuffer source, long position) {
      int end = Math.toIntExact(position + source.remaining());
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, end);
      }
      source.get(bytes, (int) position, source.remaining());
      size = Math.max(size, end);
    }

    @Override
    public void truncate(long newSize) {
      if (newSize < size) {
        Arrays.fill(bytes, (int) newSize, size, (byte) 0);
        size = (int) newSize;
      }
    }

    @Override
    public void force(boolean metadata) {
      // nothing is lost here
    }

    @Override
    public FileLock tryLock(long position, long length, boolean shared) {
      return new HeldLock(position, length, shared);
    }

    /** A copy outside the heap: what is written to it is not in the file, nor the other way. */
    @Override
    public MappedByteBuffer map(long position, long length) {
      ByteBuffer memory = ByteBuffer.allocateDirect((int) length).order(ByteOrder.nativeOrder());
      int n = (int) Math.max(0, Math.min(length, size - position));
      memory.put(0, bytes, (int) position, n);
      return (MappedByteBuffer) memory;
    }

    @Override
    public void close() {
      // can be opened again
    }
  }
}

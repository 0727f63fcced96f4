package io.walcast.connector.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.util.Arrays;

/** The content of a file of a {@link Disk}. For one thread. */
final class DiskFile {

  private static final int MOST_MAPPED = 32 << 10; // a wal-index of 4,000 frames

  final long number;
  private byte[] bytes = new byte[0];
  private int size;
  private byte[] synced = new byte[0];
  private MappedByteBuffer mapped; // null: nobody has mapped it; else what counts
  private long changed;

  DiskFile(long number) {
    this.number = number;
  }

  void changed(long change) {
    changed = change;
  }

  long changed() {
    return changed;
  }

  int size() {
    return size;
  }

  int read(ByteBuffer target, long position) {
    if (position >= size) {
      return -1;
    }
    int n = (int) Math.min(target.remaining(), size - position);
    if (mapped != null) {
      target.put(mapped.slice((int) position, n));
    } else {
      target.put(bytes, (int) position, n);
    }
    return n;
  }

  void write(ByteBuffer source, int length, long position) {
    int end = Math.toIntExact(position + length);
    ByteBuffer part = source.slice(source.position(), length);
    source.position(source.position() + length);
    if (mapped != null) {
      mapped.put((int) position, part, 0, length);
    } else {
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
      }
      part.get(bytes, (int) position, length);
    }
    size = Math.max(size, end);
  }

  void truncate(long newSize) {
    if (newSize < size) {
      size = (int) newSize;
      if (mapped != null) {
        for (int i = size; i < MOST_MAPPED; i++) {
          mapped.put(i, (byte) 0);
        }
      } else {
        Arrays.fill(bytes, size, bytes.length, (byte) 0);
      }
    }
  }

  byte[] content() {
    byte[] copy = new byte[size];
    read(ByteBuffer.wrap(copy), 0);
    return copy;
  }

  void force() {
    synced = content();
  }

  void loseUnsynced() {
    unmap();
    bytes = synced.clone();
    size = bytes.length;
  }

  /** What is written to the memory is in the file, and the other way. */
  MappedByteBuffer map(long position, long length) {
    if (mapped == null) {
      mapped =
          (MappedByteBuffer) ByteBuffer.allocateDirect(MOST_MAPPED).order(ByteOrder.nativeOrder());
      mapped.put(0, bytes, 0, size);
    }
    size = (int) Math.max(size, position + length); // as mapping does on Linux
    return (MappedByteBuffer)
        mapped.slice((int) position, (int) length).order(ByteOrder.nativeOrder());
  }

  /** Whoever has mapped it goes on with a copy of its own. */
  void unmap() {
    if (mapped != null) {
      byte[] now = content();
      mapped = null;
      bytes = now;
    }
  }
}

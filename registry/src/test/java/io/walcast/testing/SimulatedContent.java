package io.walcast.testing;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The bytes of one file twice: as the page cache has them and as the disk has them, with the
 * changes between the two. Guarded by its disk.
 */
final class SimulatedContent {

  private static final int SECTOR = 512;

  /** Bytes written at an offset; without bytes, a truncation to it. */
  private record Change(int at, byte[] bytes) {
    int end() {
      return at + bytes.length;
    }
  }

  /** Bytes that grow; what was never written is zero. */
  private static final class Image {
    private byte[] bytes = new byte[0];
    private int size;

    void write(int at, byte[] source, int from, int length) {
      grow(at + length);
      System.arraycopy(source, from, bytes, at, length);
    }

    void grow(int newSize) {
      if (newSize > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(newSize, 2 * bytes.length));
      }
      size = Math.max(size, newSize);
    }

    void truncate(int newSize) {
      if (newSize < size) {
        Arrays.fill(bytes, newSize, size, (byte) 0);
        size = newSize;
      }
    }

    void apply(Change change) {
      if (change.bytes == null) {
        truncate(change.at);
      } else {
        write(change.at, change.bytes, 0, change.bytes.length);
      }
    }

    void set(Image other) {
      bytes = other.bytes.clone();
      size = other.size;
    }
  }

  private final Image cached = new Image();
  private final Image durable = new Image();
  private final List<Change> unsynced = new ArrayList<>();

  int size() {
    return cached.size;
  }

  byte[] copy() {
    return Arrays.copyOf(cached.bytes, cached.size);
  }

  int read(ByteBuffer target, long at) {
    if (at >= cached.size) {
      return -1;
    }
    int n = Math.min(target.remaining(), cached.size - (int) at);
    target.put(cached.bytes, (int) at, n);
    return n;
  }

  void write(int at, byte[] bytes) {
    change(new Change(at, bytes));
  }

  void truncate(int size) {
    if (size < cached.size) {
      change(new Change(size, null));
    }
  }

  private void change(Change change) {
    cached.apply(change);
    unsynced.add(change);
  }

  boolean isSynced() {
    return unsynced.isEmpty();
  }

  void force() {
    unsynced.forEach(durable::apply);
    unsynced.clear();
  }

  /**
   * What a sync that fails does on Linux: some of the pages were written, all of them count as
   * clean. Reads go on finding them until they are evicted, later syncs succeed without them.
   */
  void failForce(SplittableRandom random, boolean evict) {
    settle(random);
    if (evict) {
      cached.set(durable);
    }
  }

  /** Loses what the disk has not got; of the unsynced changes it got what the seed says. */
  void crash(SplittableRandom random) {
    settle(random);
    cached.set(durable);
  }

  private void settle(SplittableRandom random) {
    int mood = random.nextInt(8); // one in four: all of it, or nothing
    for (Change change : unsynced) {
      int fate = mood < 2 ? mood : random.nextInt(7);
      if (fate == 0) {
        continue;
      } else if (fate == 1) {
        durable.apply(change);
      } else if (change.bytes == null) {
        if (random.nextBoolean()) {
          durable.apply(change);
        }
      } else {
        tear(change, fate, random);
      }
    }
    unsynced.clear();
  }

  private void tear(Change change, int fate, SplittableRandom random) {
    int length = change.bytes.length;
    int cut = random.nextInt(length + 1);
    switch (fate) {
      case 2 -> durable.write(change.at, change.bytes, 0, cut);
      case 3 -> durable.write(change.at + cut, change.bytes, cut, length - cut);
      case 4 -> durable.grow(change.at + cut); // the file has grown, the data never came
      default -> sectors(change, random);
    }
  }

  private void sectors(Change change, SplittableRandom random) {
    int from = change.at;
    while (from < change.end()) {
      int to = Math.min(change.end(), (from / SECTOR + 1) * SECTOR);
      if (random.nextBoolean()) {
        durable.write(from, change.bytes, from - change.at, to - from);
      }
      from = to;
    }
  }
}

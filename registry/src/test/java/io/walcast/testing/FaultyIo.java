package io.walcast.testing;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * The real file system, with a clock that stands still, seeded randomness, and changes of the disk
 * that fail on demand. A write that fails has written half of its bytes. Syncs do nothing but
 * count: no test here takes the machine's power away.
 */
public final class FaultyIo extends DelegatingIo {

  private final SplittableRandom random;
  private long changes;
  private long failFrom = Long.MAX_VALUE;
  private long failUntil;
  private long nanos;

  /** Randomness from a seed. */
  public FaultyIo(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Lets the n-th change from now, counted from 1, and {@code count - 1} after it fail. */
  public synchronized void failFrom(long n, long count) {
    failFrom = changes + n;
    failUntil = count == Long.MAX_VALUE ? Long.MAX_VALUE : failFrom + count;
  }

  /** Lets nothing fail any more; returns whether anything was to fail and did. */
  public synchronized boolean heal() {
    boolean failed = changes >= failFrom;
    failFrom = Long.MAX_VALUE;
    return failed;
  }

  /** Moves the clock on. */
  public synchronized void advanceNanos(long by) {
    nanos += by;
  }

  private synchronized boolean fails() {
    changes++;
    return changes >= failFrom && changes < failUntil;
  }

  private void change(String what) throws IOException {
    if (fails()) {
      throw new IOException("injected: " + what);
    }
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    if (mode == OpenMode.CREATE || mode == OpenMode.TRUNCATE) {
      change("open " + path);
    }
    return new FaultyFile(super.open(path, mode));
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    change("create " + directory);
    super.createDirectories(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    change("delete " + path);
    super.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    change("rename " + from);
    super.rename(from, to);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    change("copy access to " + to);
    super.copyAccess(from, to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    change("sync " + directory);
  }

  @Override
  public synchronized Instant now() {
    return Instant.ofEpochMilli(1_700_000_000_000L + nanos / 1_000_000);
  }

  @Override
  public synchronized long nanoTime() {
    return nanos;
  }

  @Override
  public synchronized long randomLong() {
    return random.nextLong();
  }

  @Override
  public synchronized UUID randomUuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private final class FaultyFile extends DelegatingFile {

    private FaultyFile(StorageFile file) {
      super(file);
    }

    @Override
    public void writeFully(ByteBuffer source, long position) throws IOException {
      if (fails()) {
        super.writeFully(source.limit(source.position() + source.remaining() / 2), position);
        throw new IOException("injected: write " + path());
      }
      super.writeFully(source, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      change("truncate " + path());
      super.truncate(size);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      change("force " + path());
    }
  }
}

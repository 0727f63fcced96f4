package io.walcast.connector.simulation;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A {@link Disk} as one process sees it, for as long as it lives. The dead cannot do anything to
 * the disk, whatever the code still tries. Locks are always granted: no two processes use the same
 * files. For one thread.
 */
final class DiskLife implements Io {

  private final Disk disk;
  private boolean dead;
  private long diesAfter = Long.MAX_VALUE; // so many changes

  DiskLife(Disk disk) {
    this.disk = disk;
  }

  boolean isDead() {
    return dead;
  }

  /** Lets the process die in the middle of the n-th change from now, counted from 1. */
  void dieAfter(long n) {
    diesAfter = n;
  }

  void die() {
    if (!dead) {
      dead = true;
      disk.unmapAll();
    }
  }

  private void check() throws IOException {
    if (dead) {
      throw new IOException("this process is dead");
    }
  }

  private void change() throws IOException {
    check();
    if (--diesAfter <= 0) {
      die();
      check();
    }
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    check();
    DiskFile file = disk.find(path);
    if (file == null && (mode == OpenMode.CREATE || mode == OpenMode.TRUNCATE)) {
      change();
      file = disk.create(path);
    } else if (file == null) {
      disk.existing(path);
    } else if (mode == OpenMode.TRUNCATE) {
      change();
      file.truncate(0);
      disk.changed(file);
    }
    return new OpenFile(path, file);
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    check();
    DiskFile file = disk.find(path);
    if (file == null) {
      return null;
    }
    Instant changed = Instant.ofEpochSecond(1_700_000_000L, file.changed());
    return new FileIdentity(1, file.number, file.size(), changed, changed);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
    }
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    check();
    return disk.list(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    change();
    disk.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    change();
    disk.rename(from, to);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    check();
    disk.existing(from);
    disk.existing(to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    change();
    disk.syncDirectory(directory);
  }

  @Override
  public Instant now() {
    return Instant.ofEpochMilli(disk.clock.nowMs());
  }

  @Override
  public long nanoTime() {
    return disk.clock.nanoTime();
  }

  @Override
  public long randomLong() {
    return disk.dice.anyLong();
  }

  @Override
  public UUID randomUuid() {
    return disk.dice.uuid();
  }

  @Override
  public UUID bootId() {
    return new UUID(1, disk.boots());
  }

  private final class OpenFile implements StorageFile {

    private final Path path;
    private final DiskFile file;
    private boolean closed;

    OpenFile(Path path, DiskFile file) {
      this.path = path;
      this.file = file;
    }

    private void checkOpen() throws IOException {
      check();
      if (closed) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public long size() throws IOException {
      checkOpen();
      return file.size();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      checkOpen();
      return file.read(target, position);
    }

    @Override
    public void writeFully(ByteBuffer source, long position) throws IOException {
      checkOpen();
      if (diesAfter == 1) {
        file.write(source, disk.dice.below(source.remaining() + 1), position);
        disk.changed(file);
      }
      change();
      file.write(source, source.remaining(), position);
      disk.changed(file);
    }

    @Override
    public void truncate(long size) throws IOException {
      checkOpen();
      change();
      file.truncate(size);
      disk.changed(file);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      checkOpen();
      change();
      file.force();
    }

    @Override
    public FileLock tryLock(long position, long length, boolean shared) throws IOException {
      checkOpen();
      return new GrantedLock(position, length, shared);
    }

    @Override
    public MappedByteBuffer map(long position, long length) throws IOException {
      checkOpen();
      return file.map(position, length);
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}

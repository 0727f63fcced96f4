package io.walcast.testing;

import io.walcast.io.DiskFullException;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;

/** An open file of a {@link SimulatedIo}. A crash closes it. */
final class SimulatedFile implements StorageFile {

  private final SimulatedIo disk;
  private final Path path;
  private final SimulatedInode inode;
  private final int boot;
  private final boolean readOnly;
  private boolean closed;

  SimulatedFile(SimulatedIo disk, Path path, SimulatedInode inode, int boot, boolean readOnly) {
    this.disk = disk;
    this.path = path;
    this.inode = inode;
    this.boot = boot;
    this.readOnly = readOnly;
  }

  private void checkOpen() throws IOException {
    if (boot != disk.boots()) {
      throw new IOException("injected: " + path + " was open when the machine crashed");
    }
    if (closed) {
      throw new ClosedChannelException();
    }
    disk.checkPower(path);
  }

  private void checkWritable() throws IOException {
    checkOpen();
    if (readOnly) {
      throw new NonWritableChannelException();
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() throws IOException {
    synchronized (disk) {
      checkOpen();
      return inode.mapped == null ? inode.content.size() : inode.mapped.file().size();
    }
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    synchronized (disk) {
      checkOpen();
      disk.check(DiskOperation.READ, path);
      return inode.mapped == null
          ? inode.content.read(target, position)
          : inode.mapped.file().read(target, position);
    }
  }

  @Override
  public void writeFully(ByteBuffer source, long position) throws IOException {
    synchronized (disk) {
      checkWritable();
      IOException failure = disk.failure(DiskOperation.WRITE, path);
      int length = source.remaining();
      int written = failure == null ? length : disk.fate().nextInt(length + 1);
      if (disk.isBounded() && position + written > inode.content.size()) {
        long grown = Math.min(position + written, inode.content.size() + disk.freeBytes());
        int fitting = (int) Math.max(0, grown - position);
        if (fitting < written && failure == null) {
          failure = new DiskFullException("injected: no space for " + path, null);
        }
        written = Math.min(written, fitting);
      }
      write(source, written, position);
      if (failure != null) {
        throw failure;
      }
    }
  }

  private void write(ByteBuffer source, int length, long position) throws IOException {
    byte[] bytes = new byte[length];
    source.get(bytes);
    if (inode.mapped != null) {
      inode.mapped.file().writeFully(ByteBuffer.wrap(bytes), position);
    } else if (length > 0) {
      inode.content.write(Math.toIntExact(position), bytes);
      disk.changed(inode);
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    synchronized (disk) {
      checkWritable();
      disk.check(DiskOperation.TRUNCATE, path);
      if (inode.mapped != null) {
        inode.mapped.file().truncate(size);
      } else {
        inode.content.truncate(Math.toIntExact(size));
        disk.changed(inode);
      }
    }
  }

  @Override
  public void force(boolean metadata) throws IOException {
    synchronized (disk) {
      checkOpen();
      IOException failure = disk.failure(DiskOperation.SYNC, path);
      if (failure != null) {
        inode.content.failForce(disk.fate(), disk.evicts());
        throw failure;
      }
      inode.content.force();
    }
  }

  @Override
  public FileLock tryLock(long position, long length, boolean shared) throws IOException {
    synchronized (disk) {
      checkOpen();
      if (inode.locks.stream().anyMatch(lock -> lock.overlaps(position, length))) {
        return null;
      }
      SimulatedInode.Lock lock = new SimulatedInode.Lock(position, length);
      inode.locks.add(lock);
      return new SimulatedLock(disk, inode, lock, shared);
    }
  }

  @Override
  public MappedByteBuffer map(long position, long length) throws IOException {
    synchronized (disk) {
      checkOpen();
      if (inode.mapped == null) {
        throw new IOException(path + " cannot be mapped on this disk");
      }
      return inode.mapped.file().map(position, length);
    }
  }

  @Override
  public void close() {
    synchronized (disk) {
      if (!closed && boot == disk.boots()) {
        inode.locks.clear();
      }
      closed = true;
    }
  }
}

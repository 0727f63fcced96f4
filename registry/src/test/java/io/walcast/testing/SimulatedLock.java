package io.walcast.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/** A lock on a range of a simulated file. */
final class SimulatedLock extends FileLock {

  private static final FileChannel CHANNEL = anyChannel();

  private final SimulatedIo disk;
  private final SimulatedInode inode;
  private final SimulatedInode.Lock range;

  SimulatedLock(SimulatedIo disk, SimulatedInode inode, SimulatedInode.Lock range, boolean shared) {
    super(CHANNEL, range.first(), range.length(), shared);
    this.disk = disk;
    this.inode = inode;
    this.range = range;
  }

  /** Any channel: the type has to have one. */
  private static FileChannel anyChannel() {
    try {
      return FileChannel.open(Path.of("/dev/null"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isValid() {
    synchronized (disk) {
      return inode.locks.stream().anyMatch(held -> held == range);
    }
  }

  @Override
  public void release() {
    synchronized (disk) {
      inode.locks.removeIf(held -> held == range);
    }
  }
}

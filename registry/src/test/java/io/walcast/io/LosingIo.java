package io.walcast.io;

import io.walcast.testing.DelegatingIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * The real file system, but syncs of one file fail on demand if they are asked for by another
 * thread than the test's. As on Linux, what such a sync had to write counts as clean then: later
 * ones succeed without it, and readers find it until the power goes.
 */
public final class LosingIo extends DelegatingIo {

  /** What of the file has got to the disk. */
  static final class Disk {

    private static final int SECTOR = 512;

    private final Thread test = Thread.currentThread();
    private final Set<Long> unsynced = new HashSet<>(); // sectors
    private final Set<Long> lost = new HashSet<>();
    private boolean failing;
    private int failures;

    synchronized int write(FileChannel file, ByteBuffer source, long position) throws IOException {
      int written = file.write(source, position);
      for (long sector = position / SECTOR; sector * SECTOR < position + written; sector++) {
        unsynced.add(sector);
        lost.remove(sector);
      }
      return written;
    }

    synchronized void force(FileChannel file) throws IOException {
      if (failing && Thread.currentThread() != test) {
        failures++;
        lost.addAll(unsynced);
        unsynced.clear();
        throw new IOException("injected: a sync in the background");
      }
      file.force(false);
      unsynced.clear();
    }

    private synchronized void losePower(FileChannel file) throws IOException {
      for (long sector : lost) {
        file.write(ByteBuffer.allocate(SECTOR), sector * SECTOR);
      }
    }

    private synchronized void failing(boolean fail) {
      failing = fail;
    }

    private synchronized int failures() {
      return failures;
    }
  }

  private final Path losing;
  private final Disk disk = new Disk();

  /** Syncs of this file fail, of no other. */
  public LosingIo(Path losing) {
    this.losing = losing;
  }

  /** Whether syncs in the background fail from now on. */
  public void failInBackground(boolean fail) {
    disk.failing(fail);
  }

  /** How many have failed. */
  public int failures() {
    return disk.failures();
  }

  /** Power goes and comes back: takes what was lost and not written again. */
  public void losePower() throws IOException {
    try (FileChannel file = FileChannel.open(losing, StandardOpenOption.WRITE)) {
      disk.losePower(file);
    }
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    if (!path.equals(losing)) {
      return super.open(path, mode);
    }
    FileChannel real =
        FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    return new ChannelFile(path, new LosingChannel(real, disk), false);
  }
}

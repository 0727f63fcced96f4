package io.walcast.simulation;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The disk as one process has it. Before and after each call other things may happen; a call may
 * fail; and once the process is dead nothing reaches the disk any more.
 */
final class SchedulingIo implements Io {

  /** A call of the disk. */
  @FunctionalInterface
  interface DiskCall<T> {
    T run() throws IOException;
  }

  private final World world;
  private final SimulatedIo disk;
  private boolean dead;
  private int deathAt; // 0: no death is due

  SchedulingIo(World world, SimulatedIo disk) {
    this.world = world;
    this.disk = disk;
  }

  boolean isDead() {
    return dead;
  }

  void die() {
    dead = true;
  }

  /** The n-th change from now is cut short, and the last one of the process. */
  void dieAtChange(int n) {
    deathAt = n;
  }

  void checkAlive() throws IOException {
    if (dead) {
      throw new IOException("injected: the process is dead");
    }
  }

  /** What is not a call of this disk may fail too. */
  void mayFail(String what) throws IOException {
    checkAlive();
    if (world.faultIsDue()) {
      throw new IOException("injected: " + what);
    }
  }

  <T> T call(DiskOperation operation, Path path, DiskCall<T> call) throws IOException {
    world.scheduler.interlude();
    checkAlive();
    boolean dies = operation != DiskOperation.READ && deathAt > 0 && --deathAt == 0;
    boolean fails = dies || (world.faultIsDue());
    if (dies && operation == DiskOperation.SYNC) { // a process that dies takes no page with it
      failed(operation, path, true);
      checkAlive();
    }
    T result;
    try {
      if (fails) {
        disk.failFrom(Set.of(operation), 1, 1);
      }
      result = call.run();
    } finally {
      if (fails && disk.heal()) {
        failed(operation, path, dies);
      }
    }
    world.scheduler.interlude();
    return result;
  }

  private void failed(DiskOperation operation, Path path, boolean dies) {
    world.trace.note(() -> (dies ? "dies in " : "fails: ") + operation + " " + path.getFileName());
    if (dies) {
      world.crash();
    } else {
      world.diskFailed(operation, path);
    }
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    boolean creates = mode == OpenMode.CREATE || mode == OpenMode.TRUNCATE;
    if (creates) {
      world.creating(path);
    }
    StorageFile file =
        call(
            creates ? DiskOperation.CREATE : DiskOperation.READ, path, () -> disk.open(path, mode));
    return new SchedulingFile(this, file);
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    return call(DiskOperation.READ, path, () -> disk.identity(path));
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    call(DiskOperation.CREATE, directory, () -> nothing(() -> disk.createDirectories(directory)));
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return call(DiskOperation.READ, directory, () -> disk.list(directory));
  }

  @Override
  public void delete(Path path) throws IOException {
    world.invariants.checkMayBeDeleted(path);
    call(DiskOperation.DELETE, path, () -> nothing(() -> disk.delete(path)));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    call(DiskOperation.RENAME, from, () -> nothing(() -> disk.rename(from, to)));
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    call(DiskOperation.READ, from, () -> nothing(() -> disk.copyAccess(from, to)));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    call(
        DiskOperation.SYNC_DIRECTORY,
        directory,
        () -> nothing(() -> disk.syncDirectory(directory)));
  }

  static Void nothing(IoCall call) throws IOException {
    call.run();
    return null;
  }

  @Override
  public Instant now() {
    return disk.now();
  }

  @Override
  public long nanoTime() {
    disk.advanceNanos(1); // so that whoever waits for the clock does not wait for ever
    return disk.nanoTime();
  }

  @Override
  public long randomLong() {
    return disk.randomLong();
  }

  @Override
  public UUID randomUuid() {
    return disk.randomUuid();
  }
}

package io.walcast.io;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Creates files that stay in memory until a budget which they share is used up: who outgrows it
 * goes to disk and stays there. For files that are a cache of what can be had again, because one
 * that never went to disk has no name: it is not listed, cannot be opened again, and ends with
 * {@link StorageFile#close}. Everything else is as on the disk beneath.
 *
 * <p>Thread-safe.
 */
public final class SpillingIo implements Io {

  private final Io disk;
  private final MemoryBudget budget;

  /**
   * Creates nothing yet.
   *
   * @param disk where files go that do not fit
   * @param memoryBytes what all files together may hold in memory
   */
  public SpillingIo(Io disk, long memoryBytes) {
    this.disk = disk;
    this.budget = new MemoryBudget(memoryBytes);
  }

  /** Bytes in memory now. */
  public long memoryBytes() {
    return budget.used();
  }

  /** Files that went to disk so far. */
  public long spilledFiles() {
    return budget.refusals();
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    boolean begun = mode == OpenMode.TRUNCATE || mode == OpenMode.CREATE && !disk.exists(path);
    return begun ? new SpillingFile(disk, path, budget) : disk.open(path, mode);
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    return disk.identity(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    disk.createDirectories(directory);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    disk.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void setWritable(Path path, boolean writable) throws IOException {
    disk.setWritable(path, writable);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    disk.copyAccess(from, to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    disk.syncDirectory(directory);
  }

  @Override
  public Instant now() {
    return disk.now();
  }

  @Override
  public long nanoTime() {
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

  @Override
  public UUID bootId() {
    return disk.bootId();
  }
}

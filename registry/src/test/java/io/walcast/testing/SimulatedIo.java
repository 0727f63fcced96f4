package io.walcast.testing;

import io.walcast.io.DiskFullException;
import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * A disk in memory that loses everything that may be lost. Writes and truncations are durable once
 * the file was synced, creations, renames and deletions once their directory was. At a {@link
 * #crash} each of the others survives, vanishes or survives in part, as the seed says. Operations
 * fail on demand: a write that fails has written some of its bytes, a sync that fails has lost what
 * it did not write.
 *
 * <p>The clock moves only by {@link #advanceNanos}. Used by one thread it does the same again with
 * the same seed. Thread-safe. Locks are taken against other handles of this disk only and go with
 * the first close of any handle of their file, as POSIX locks do. Only files whose name ends in
 * {@code -shm} can be mapped, and only where a scratch directory was given.
 */
public final class SimulatedIo implements Io, Closeable {

  private static final Instant EPOCH = Instant.ofEpochSecond(1_700_000_000L);

  private final SplittableRandom random; // what programs ask for
  private final SplittableRandom fate; // what becomes of their data
  private final Path scratch;
  private final SimulatedTree tree = new SimulatedTree();
  private final DiskFaults faults = new DiskFaults();
  private final List<MappedContent> mapped = new ArrayList<>();
  private long inodes;
  private long changes;
  private long nanos;
  private int boots;
  private boolean evicts;
  private long capacityBytes = Long.MAX_VALUE;

  /** A disk without mapped files. */
  public SimulatedIo(long seed) {
    this(seed, null);
  }

  /**
   * An empty disk.
   *
   * @param scratch a real directory for what is mapped
   */
  public SimulatedIo(long seed, Path scratch) {
    SplittableRandom seeded = new SplittableRandom(seed);
    this.random = seeded.split();
    this.fate = seeded.split();
    this.scratch = scratch;
  }

  /** Makes a directory and its parents, durably; returns it. */
  public synchronized Path mount(Path directory) {
    for (Path up = directory; up.getParent() != null; up = up.getParent()) {
      if (tree.find(up) == null) {
        tree.putDurably(up, new SimulatedInode(++inodes, true));
      }
    }
    return directory;
  }

  /** Lets the n-th change from now, counted from 1, and {@code count - 1} after it fail. */
  public void failFrom(long n, long count) {
    failFrom(DiskOperation.CHANGES, n, count);
  }

  /** The same for some kinds of operations, which alone are counted. */
  public synchronized void failFrom(Set<DiskOperation> kinds, long n, long count) {
    faults.failFrom(kinds, n, count, false);
  }

  /** The same with a {@link DiskFullException} for writes and creations, the only ones counted. */
  public synchronized void fillUpFrom(long n, long count) {
    faults.failFrom(Set.of(DiskOperation.CREATE, DiskOperation.WRITE), n, count, true);
  }

  /** No file grows where all of them together would be larger. */
  public synchronized void capacityBytes(long bytes) {
    capacityBytes = bytes;
  }

  /** Whether what a failed sync did not write is at once no longer read either. */
  public synchronized void evictAfterFailedSync(boolean evict) {
    evicts = evict;
  }

  /**
   * Lets the n-th change from now, counted from 1, be cut short and everything after it fail, until
   * {@link #crash}.
   */
  public synchronized void cutPowerAt(long n) {
    faults.cutPowerAt(DiskOperation.CHANGES, n);
  }

  /** Lets nothing fail any more; returns whether anything did since that was asked for. */
  public synchronized boolean heal() {
    return faults.heal();
  }

  /** How many operations failed since a failure was last asked for. */
  public synchronized long failures() {
    return faults.failures();
  }

  /** How many operations were counted since a failure was last asked for. */
  public synchronized long counted() {
    return faults.counted();
  }

  /**
   * Loses what was not durable, and heals. Whoever has a file open finds it closed.
   *
   * @return what {@link #heal} does
   */
  public synchronized boolean crash() throws IOException {
    boots++;
    tree.crash(fate);
    for (SimulatedInode inode : tree.inodes()) {
      inode.locks.clear();
      inode.content.crash(fate);
      if (inode.mapped != null) {
        inode.mapped.crash(fate);
      }
    }
    return faults.heal();
  }

  /** Moves the clock on. */
  public synchronized void advanceNanos(long by) {
    nanos += by;
  }

  /** What a file holds now, as its readers see it. */
  public synchronized byte[] content(Path path) throws IOException {
    SimulatedInode inode = existing(path);
    return inode.mapped == null ? inode.content.copy() : inode.mapped.copy();
  }

  /** Writes the files of a directory, but not of those below it, to a real one. */
  public synchronized void export(Path directory, Path real) throws IOException {
    for (Path path : tree.list(directory)) {
      if (!tree.find(path).directory) {
        Files.write(real.resolve(path.getFileName().toString()), content(path));
      }
    }
  }

  /** Puts a file there, durably. */
  public synchronized void put(Path path, byte[] content) {
    SimulatedInode inode = new SimulatedInode(++inodes, false);
    inode.content.write(0, content);
    inode.content.force();
    tree.putDurably(path, inode);
  }

  @Override
  public synchronized StorageFile open(Path path, OpenMode mode) throws IOException {
    Path key = key(path);
    boolean mayCreate = mode == OpenMode.CREATE || mode == OpenMode.TRUNCATE;
    SimulatedInode inode = tree.find(key);
    if (inode == null && !mayCreate) {
      check(DiskOperation.READ, key);
      throw new NoSuchFileException(path.toString());
    }
    check(mayCreate ? DiskOperation.CREATE : DiskOperation.READ, key);
    if (inode == null) {
      inode = create(key, false);
    } else if (inode.directory) {
      throw new IOException(path + " is a directory");
    }
    if (key.toString().endsWith("-shm") && scratch != null && inode.mapped == null) {
      inode.mapped = new MappedContent(scratch);
      mapped.add(inode.mapped);
    }
    if (mode == OpenMode.TRUNCATE) {
      inode.content.truncate(0);
    }
    return new SimulatedFile(this, path, inode, boots, mode == OpenMode.READ);
  }

  private SimulatedInode create(Path key, boolean directory) throws IOException {
    if (key.getParent().getParent() != null && !existing(key.getParent()).directory) {
      throw new IOException(key.getParent() + " is not a directory");
    }
    SimulatedInode inode = new SimulatedInode(++inodes, directory);
    inode.modified = ++changes;
    tree.put(key, inode);
    return inode;
  }

  @Override
  public synchronized boolean exists(Path path) {
    return tree.find(key(path)) != null;
  }

  @Override
  public synchronized FileIdentity identity(Path path) throws IOException {
    check(DiskOperation.READ, path);
    SimulatedInode inode = tree.find(key(path));
    if (inode == null) {
      return null;
    }
    long size = inode.mapped == null ? inode.content.size() : inode.mapped.file().size();
    Instant modified = EPOCH.plusNanos(inode.modified);
    return new FileIdentity(1, inode.number, size, modified, modified);
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    Path key = key(directory);
    SimulatedInode found = tree.find(key);
    if (found != null || key.getParent() == null) {
      if (found != null && !found.directory) {
        throw new FileAlreadyExistsException(directory.toString());
      }
      return;
    }
    createDirectories(key.getParent());
    check(DiskOperation.CREATE, key);
    create(key, true);
  }

  @Override
  public synchronized List<Path> list(Path directory) throws IOException {
    check(DiskOperation.READ, directory);
    existing(key(directory));
    return tree.list(key(directory)).stream()
        .map(path -> directory.resolve(path.getFileName()))
        .toList();
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    check(DiskOperation.DELETE, path);
    if (tree.find(key(path)) != null) {
      tree.remove(key(path));
    }
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    check(DiskOperation.RENAME, from);
    if (existing(key(from)).directory) {
      throw new IOException(from + " is a directory, which this disk cannot rename");
    }
    existing(key(to).getParent());
    tree.rename(key(from), key(to));
  }

  @Override
  public synchronized void copyAccess(Path from, Path to) throws IOException {
    existing(key(from));
    existing(key(to));
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    check(DiskOperation.SYNC_DIRECTORY, directory);
    existing(key(directory));
    tree.sync(key(directory));
  }

  @Override
  public synchronized Instant now() {
    return EPOCH.plusNanos(nanos);
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

  /** Another one after each {@link #crash}. */
  @Override
  public synchronized UUID bootId() {
    return new UUID(0, boots);
  }

  /** Gives up what is mapped. */
  @Override
  public synchronized void close() throws IOException {
    for (MappedContent content : mapped) {
      content.close();
    }
  }

  void checkPower(Path path) throws IOException {
    if (faults.isOff()) {
      throw new IOException("injected: power is off, " + path);
    }
  }

  IOException failure(DiskOperation operation, Path path) {
    return faults.next(operation, path);
  }

  void check(DiskOperation operation, Path path) throws IOException {
    IOException failure = failure(operation, path);
    if (failure != null) {
      throw failure;
    }
  }

  int boots() {
    return boots;
  }

  boolean evicts() {
    return evicts;
  }

  SplittableRandom fate() {
    return fate;
  }

  void changed(SimulatedInode inode) {
    inode.modified = ++changes;
  }

  /** How many bytes the files together may grow by. */
  long freeBytes() {
    return capacityBytes - tree.inodes().stream().mapToLong(inode -> inode.content.size()).sum();
  }

  boolean isBounded() {
    return capacityBytes != Long.MAX_VALUE;
  }

  private SimulatedInode existing(Path path) throws NoSuchFileException {
    SimulatedInode inode = tree.find(key(path));
    if (inode == null) {
      throw new NoSuchFileException(path.toString());
    }
    return inode;
  }

  private static Path key(Path path) {
    return path.toAbsolutePath().normalize();
  }
}

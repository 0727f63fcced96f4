package io.walcast.capture;

import io.walcast.io.FileOwnership;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The lock file of a namespace's state directory: one capturer at a time, in all processes. Held
 * from {@link #take} to {@link #close}; the system lets it go when the process dies.
 */
final class StateLock implements Closeable {

  private static final String NAME = ".lock";

  private final FileOwnership ownership;
  private final StorageFile file;
  private final FileLock lock; // referenced for life: a collected lock is forgotten by the JVM

  private StateLock(FileOwnership ownership, StorageFile file, FileLock lock) {
    this.ownership = ownership;
    this.file = file;
    this.lock = lock;
  }

  /**
   * Creates the directory if it is missing and locks it.
   *
   * @throws StateOwnedException if another process has it
   */
  static StateLock take(Io io, Path stateDirectory, String owner) throws IOException {
    createDurably(io, stateDirectory.toAbsolutePath());
    Path path = stateDirectory.resolve(NAME);
    FileOwnership ownership = FileOwnership.claim(path, owner);
    StorageFile file = null;
    FileLock lock = null;
    try {
      file = io.open(path, Io.OpenMode.CREATE);
      lock = file.tryLock(0, 1, false);
      if (lock == null) {
        throw new StateOwnedException(path + " is locked: another process captures " + owner);
      }
      return new StateLock(ownership, file, lock);
    } finally {
      if (lock == null) {
        if (file != null) {
          file.close();
        }
        ownership.close();
      }
    }
  }

  /** A power failure must not take away with the directory what its files have synced. */
  private static void createDurably(Io io, Path directory) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = directory; at != null && !io.exists(at); at = at.getParent()) {
      missing.add(at);
    }
    io.createDirectories(directory);
    for (Path made : missing) {
      io.syncDirectory(made.getParent());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      lock.release();
      file.close();
    } finally {
      ownership.close();
    }
  }
}

package io.walcast.sqlite;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Whether files of one directory still lie where they were opened. A path gets another file only
 * through its directory, whose inode changes with it: as long as that is as it was, one look tells.
 *
 * <p>A change of the directory within the same tick of the clock as the last one would not show, so
 * the files are looked at until the last change is some ticks old; and always, where the file
 * system keeps whole seconds or the like. Used by one thread at a time.
 */
final class FilesInPlace {

  private static final Duration SETTLED = Duration.ofMillis(100); // the longest tick is 10 ms
  private static final int COARSE_NS = 1_000_000;

  private final Io io;
  private final Path directory;
  private final List<Path> files;
  private final Object[] opened;
  private FileIdentity checked; // the directory when all files were in place; null: look at them

  /** Takes the files that are at the paths now for the right ones. */
  FilesInPlace(Io io, Path... files) throws IOException {
    this.io = io;
    this.files = List.of(files);
    this.directory = files[0].toAbsolutePath().getParent();
    this.opened = new Object[files.length];
    for (int i = 0; i < files.length; i++) {
      opened[i] = io.fileKey(files[i]);
    }
  }

  /** The first file that is gone or another one; empty if there is none. */
  Optional<Path> replaced() throws IOException {
    FileIdentity now = io.identity(directory);
    if (now != null && now.equals(checked)) {
      return Optional.empty();
    }
    checked = null;
    for (int i = 0; i < opened.length; i++) {
      if (opened[i] == null || !opened[i].equals(io.fileKey(files.get(i)))) {
        return Optional.of(files.get(i));
      }
    }
    if (now != null && isSettled(now)) {
      checked = now;
    }
    return Optional.empty();
  }

  private boolean isSettled(FileIdentity now) {
    return now.changed().getNano() % COARSE_NS != 0
        && now.changed().plus(SETTLED).isBefore(io.now());
  }
}

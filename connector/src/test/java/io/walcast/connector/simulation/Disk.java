package io.walcast.connector.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A disk in memory, and what survives a power cut: of a file what was synced, of a directory the
 * entries that were there when it was. Processes come and go, see {@link DiskLife}. Directories are
 * real ones too, because the product asks the file system for them; they stay empty. For one
 * thread.
 */
final class Disk {

  final Dice dice;
  final Clock clock;
  private final Map<Path, DiskFile> files = new TreeMap<>();
  private final Map<Path, DiskFile> durable = new HashMap<>();
  private long inodes;
  private long changes;
  private long boots;

  Disk(Dice dice, Clock clock) {
    this.dice = dice;
    this.clock = clock;
  }

  /** A process that begins to use it. */
  DiskLife newLife() {
    return new DiskLife(this);
  }

  /** Goes up with each change. */
  long changes() {
    return changes;
  }

  long boots() {
    return boots;
  }

  void changed(DiskFile file) {
    changes++;
    file.changed(changes);
  }

  boolean exists(Path path) {
    return files.containsKey(path) || Files.isDirectory(path);
  }

  DiskFile find(Path path) {
    return files.get(path);
  }

  DiskFile existing(Path path) throws NoSuchFileException {
    DiskFile file = files.get(path);
    if (file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return file;
  }

  DiskFile create(Path path) throws IOException {
    if (!Files.isDirectory(path.getParent())) {
      throw new NoSuchFileException(path.getParent().toString());
    }
    DiskFile file = new DiskFile(++inodes);
    files.put(path, file);
    changed(file);
    return file;
  }

  void delete(Path path) {
    if (files.remove(path) != null) {
      changes++;
    }
  }

  void rename(Path from, Path to) throws IOException {
    DiskFile file = existing(from);
    files.remove(from);
    files.put(to, file);
    changes++;
  }

  List<Path> list(Path directory) {
    return files.keySet().stream().filter(path -> directory.equals(path.getParent())).toList();
  }

  void syncDirectory(Path directory) {
    durable.keySet().removeIf(path -> directory.equals(path.getParent()));
    files.forEach(
        (path, file) -> {
          if (directory.equals(path.getParent())) {
            durable.put(path, file);
          }
        });
  }

  /** Whoever has mapped files goes on with memory of its own. */
  void unmapAll() {
    files.values().forEach(DiskFile::unmap);
  }

  /** Loses what was not synced, or some of it, or nothing. */
  void cutPower() {
    boots++;
    changes++;
    if (dice.oneIn(2)) {
      files.clear();
      files.putAll(durable);
    }
    for (DiskFile file : files.values()) {
      if (!dice.oneIn(3)) {
        file.loseUnsynced();
      }
      changed(file);
    }
  }
}

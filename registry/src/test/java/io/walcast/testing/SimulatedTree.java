package io.walcast.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Directory entries twice: as programs see them and as the disk has them, with the changes between
 * the two. Guarded by its disk.
 */
final class SimulatedTree {

  /** {@code removed} is gone and {@code path} is {@code inode}; either may be {@code null}. */
  private record Change(Path removed, Path path, SimulatedInode inode) {
    boolean isOf(Path directory) {
      return (removed != null && removed.getParent().equals(directory))
          || (path != null && path.getParent().equals(directory));
    }

    void applyTo(TreeMap<Path, SimulatedInode> entries) {
      if (removed != null) {
        entries.remove(removed);
      }
      if (path != null) {
        entries.put(path, inode);
      }
    }
  }

  private final TreeMap<Path, SimulatedInode> cached = new TreeMap<>();
  private final TreeMap<Path, SimulatedInode> durable = new TreeMap<>();
  private final List<Change> unsynced = new ArrayList<>();

  SimulatedInode find(Path path) {
    return cached.get(path);
  }

  List<Path> list(Path directory) {
    return cached.keySet().stream().filter(path -> directory.equals(path.getParent())).toList();
  }

  List<SimulatedInode> inodes() {
    return List.copyOf(cached.values());
  }

  void putDurably(Path path, SimulatedInode inode) {
    cached.put(path, inode);
    durable.put(path, inode);
  }

  void put(Path path, SimulatedInode inode) {
    change(new Change(null, path, inode));
  }

  void remove(Path path) {
    change(new Change(path, null, null));
  }

  void rename(Path from, Path to) {
    change(new Change(from, to, cached.get(from)));
  }

  private void change(Change change) {
    change.applyTo(cached);
    unsynced.add(change);
  }

  void sync(Path directory) {
    Iterator<Change> changes = unsynced.iterator();
    while (changes.hasNext()) {
      Change change = changes.next();
      if (change.isOf(directory)) {
        change.applyTo(durable);
        changes.remove();
      }
    }
  }

  /** The first changes survive, or any of them; what is in a directory that is lost is lost. */
  void crash(SplittableRandom random) {
    boolean ordered = random.nextBoolean();
    int kept = random.nextInt(unsynced.size() + 1);
    for (int i = 0; i < unsynced.size(); i++) {
      if (ordered ? i < kept : random.nextBoolean()) {
        unsynced.get(i).applyTo(durable);
      }
    }
    unsynced.clear();
    durable.keySet().removeIf(path -> !isReachable(path));
    cached.clear();
    cached.putAll(durable);
  }

  private boolean isReachable(Path path) {
    for (Path up = path.getParent(); up.getParent() != null; up = up.getParent()) {
      if (!durable.containsKey(up)) {
        return false;
      }
    }
    return true;
  }
}

package io.walcast.connector.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the system tells of files that come and go below the directories of databases. One
 * descriptor and one thread, of the JVM, for all of them. Where the system has no room for it there
 * is nothing to tell, and looking has to do.
 *
 * <p>Used by one thread.
 */
final class DirectoryEvents implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryEvents.class);

  private final Map<Path, WatchKey> keys = new HashMap<>();
  private WatchService service; // null: there is none
  private boolean missed;

  /** Watches nothing yet. */
  DirectoryEvents() {
    try {
      service = FileSystems.getDefault().newWatchService();
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn("No events of directories, which are looked through instead: {}", e.toString());
    }
  }

  /** Watches these directories and no others; what happened in a new one before is not told. */
  void watch(Set<Path> directories) {
    if (service == null) {
      return;
    }
    keys.entrySet()
        .removeIf(
            entry -> {
              boolean gone = !directories.contains(entry.getKey());
              if (gone) {
                entry.getValue().cancel();
              }
              return gone;
            });
    for (Path directory : directories) {
      if (!keys.containsKey(directory) && !register(directory)) {
        return;
      }
    }
  }

  private boolean register(Path directory) {
    try {
      keys.put(
          directory,
          directory.register(
              service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE));
      missed = true; // between the look at it and now
      return true;
    } catch (IOException e) {
      LOG.warn("No events of directories, which are looked through instead: {}", e.toString());
      close();
      return false;
    }
  }

  /** Whether anything that happens is told. */
  boolean areTold() {
    return service != null && !keys.isEmpty();
  }

  /**
   * The files that came or went since the last call; empty if they cannot be told one by one, so
   * that everything is to be looked at.
   */
  Optional<Set<Path>> take() {
    Set<Path> changed = new HashSet<>();
    if (service != null) {
      for (WatchKey key = service.poll(); key != null; key = service.poll()) {
        Path directory = (Path) key.watchable();
        for (WatchEvent<?> event : key.pollEvents()) {
          if (event.context() instanceof Path name) {
            changed.add(directory.resolve(name));
          } else {
            missed = true;
          }
        }
        if (!key.reset()) {
          keys.remove(directory);
        }
      }
    }
    boolean all = missed;
    missed = false;
    return all ? Optional.empty() : Optional.of(changed);
  }

  @Override
  public void close() {
    WatchService open = service;
    service = null;
    keys.clear();
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.warn("Watching directories did not end cleanly: {}", e.toString());
      }
    }
  }
}

package io.walcast.connector.source;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which databases are gone for good: not at their path for {@code database.deleted.after.ms},
 * while the directories that they were in are the same all that time. Also those that went while no
 * task ran. For the thread of the {@link CaptureLoop}.
 */
final class Departures {

  private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

  private final Io io;
  private final DatabaseHomes homes;
  private final CaptureLoop.Scan scan;
  private final TaskShare share;
  private final long afterNs;
  private final BiFunction<Namespace, Path, WatchedDatabase> gone;
  private final Map<Namespace, Long> missingSinceNs = new HashMap<>();
  private final Set<Namespace> doubted = new HashSet<>(); // as was said in the log
  private Map<Namespace, Path> earlier; // of earlier tasks, and not found yet; null: not looked up

  /**
   * Looks at nothing yet.
   *
   * @param gone makes what goes on with a database that is gone; opens nothing yet
   */
  Departures(
      Io io,
      WalSourceConfig config,
      DatabaseHomes homes,
      CaptureLoop.Scan scan,
      TaskShare share,
      BiFunction<Namespace, Path, WatchedDatabase> gone) {
    this.io = io;
    this.homes = homes;
    this.scan = scan;
    this.share = share;
    this.afterNs = config.databaseDeletedAfter().toNanos();
    this.gone = gone;
  }

  /**
   * To be called after each scan.
   *
   * @param found what the scan has found
   * @param watches what is watched
   * @return those that are gone now, to be watched as such from now on; only once
   * @throws IOException if it cannot be looked up what earlier tasks have captured
   */
  Map<Namespace, Watch> after(Map<Namespace, Path> found, Map<Namespace, Watch> watches, long nowNs)
      throws IOException {
    if (earlier == null) {
      earlier = lookUp(found.keySet());
    }
    earlier.keySet().removeAll(found.keySet());
    for (Namespace namespace : Set.copyOf(missingSinceNs.keySet())) {
      if (found.containsKey(namespace)) {
        isBack(namespace, found.get(namespace));
      }
    }
    Map<Namespace, Path> missing = new TreeMap<>(earlier);
    watches.forEach(
        (namespace, watch) -> {
          missing.remove(namespace);
          if (!found.containsKey(namespace) && watch.presence() == Presence.CAPTURED) {
            missing.put(namespace, watch.database());
          }
        });
    Map<Namespace, Watch> departed = new TreeMap<>();
    missing.forEach(
        (namespace, path) -> {
          if (isGone(namespace, path, nowNs)) {
            missingSinceNs.remove(namespace);
            earlier.remove(namespace);
            departed.put(namespace, new Watch(namespace, path, gone.apply(namespace, path)));
          }
        });
    return departed;
  }

  /** The directory could not be looked through: whatever is missing proves nothing. */
  void scanFailed() {
    missingSinceNs.clear();
  }

  private Map<Namespace, Path> lookUp(Set<Namespace> found) throws IOException {
    Map<Namespace, Path> all = homes.all(found);
    all.entrySet()
        .removeIf(
            entry ->
                !share.owns(entry.getKey())
                    || !scan.namespaceOf(entry.getValue()).equals(Optional.of(entry.getKey())));
    return all;
  }

  private void isBack(Namespace namespace, Path database) {
    missingSinceNs.remove(namespace);
    doubted.remove(namespace);
    try {
      homes.keep(namespace, database); // its directory may be another one now
    } catch (IOException e) {
      LOG.warn("{}: it is not remembered where it is: {}", namespace, e.toString());
    }
  }

  private boolean isGone(Namespace namespace, Path path, long nowNs) {
    try {
      if (io.identity(path) != null) {
        missingSinceNs.remove(namespace); // left out of the scan for another reason
        return false;
      }
      Optional<String> doubt = homes.doubt(namespace, path);
      if (doubt.isPresent()) {
        doubt(namespace, path, doubt.get());
        return false;
      }
    } catch (IOException e) {
      doubt(namespace, path, e.toString());
      return false;
    }
    return nowNs - missingSinceNs.computeIfAbsent(namespace, name -> nowNs) >= afterNs;
  }

  private void doubt(Namespace namespace, Path path, String why) {
    missingSinceNs.remove(namespace);
    if (doubted.add(namespace)) {
      LOG.warn("{}: {} is missing, and not taken for deleted: {}", namespace, path, why);
    }
  }
}

package io.walcast.connector.announcer;

import io.walcast.connector.announce.AnnouncementKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The announcements of one namespace that are in their topic. Used under one lock. */
final class RunHistory {

  private final NavigableMap<AnnouncementKey, AnnouncedRun> runs =
      new TreeMap<>(AnnouncedRun.ORDER);

  /** One is there, or there anew. */
  void put(AnnouncedRun run) {
    runs.put(run.key(), run);
  }

  /** One was deleted. */
  void remove(AnnouncementKey key) {
    runs.remove(key);
  }

  /** The newest base. */
  Optional<AnnouncedRun> newestBase() {
    return newestBaseAt(Long.MAX_VALUE);
  }

  private Optional<AnnouncedRun> newestBaseAt(long timeMs) {
    return runs.descendingMap().values().stream()
        .filter(run -> run.snapshot() && run.sealedAtMs() <= timeMs)
        .findFirst();
  }

  /** Bytes of the records of what follows the newest base. */
  long bytesAfterNewestBase() {
    Optional<AnnouncedRun> base = newestBase();
    return fromNewestBase().stream()
        .filter(run -> base.isEmpty() || !run.equals(base.get()))
        .mapToLong(AnnouncedRun::bytes)
        .sum();
  }

  /** The newest base and what follows it; everything if there is none. */
  Collection<AnnouncedRun> fromNewestBase() {
    Optional<AnnouncedRun> base = newestBase();
    return base.isEmpty() ? runs.values() : runs.tailMap(base.get().key(), true).values();
  }

  /**
   * Takes out what nobody needs who restores to a time from then on: whatever came before the
   * newest base of that time.
   *
   * @param timeMs in milliseconds since 1970
   * @return the keys, oldest first
   */
  List<AnnouncementKey> retire(long timeMs) {
    Optional<AnnouncedRun> base = newestBaseAt(timeMs);
    if (base.isEmpty()) {
      return List.of();
    }
    NavigableMap<AnnouncementKey, AnnouncedRun> before = runs.headMap(base.get().key(), false);
    List<AnnouncementKey> retired = new ArrayList<>(before.keySet());
    before.clear();
    return retired;
  }

  /**
   * Takes out all.
   *
   * @return the keys, oldest first
   */
  List<AnnouncementKey> retireAll() {
    List<AnnouncementKey> retired = new ArrayList<>(runs.keySet());
    runs.clear();
    return retired;
  }

  /** All, oldest first. */
  Collection<AnnouncedRun> runs() {
    return runs.values();
  }
}

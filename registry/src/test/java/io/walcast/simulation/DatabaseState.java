package io.walcast.simulation;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A database after one transaction. A page that no frame holds is as the database was at first: its
 * version is its number, negative.
 *
 * @param frameNo last frame
 * @param sizePages size in pages
 * @param versions the pages that frames have changed
 * @param changed the pages that this transaction changed, within its size
 */
record DatabaseState(
    long frameNo, int sizePages, SortedMap<Integer, Long> versions, NavigableSet<Integer> changed) {

  static DatabaseState first(long frameNo, int sizePages) {
    return new DatabaseState(
        frameNo, sizePages, Collections.emptySortedMap(), Collections.emptyNavigableSet());
  }

  long version(int pageNo) {
    return versions.getOrDefault(pageNo, (long) -pageNo);
  }

  /** The state that these changes lead to. */
  DatabaseState after(long lastFrameNo, int size, SortedMap<Integer, Long> changes) {
    NavigableMap<Integer, Long> all = new TreeMap<>(versions);
    all.putAll(changes);
    all.tailMap(size, false).clear();
    return new DatabaseState(
        lastFrameNo, size, all, new TreeSet<>(changes.headMap(size + 1).keySet()));
  }
}

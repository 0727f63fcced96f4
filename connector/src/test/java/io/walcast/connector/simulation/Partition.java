package io.walcast.connector.simulation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One partition of a topic: records under rising offsets, of which some are gone. */
final class Partition {

  /** A record. */
  record Entry(long offset, long timestampMs, byte[] key, byte[] value) {

    String name() {
      return new String(key, StandardCharsets.UTF_8);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private long first;
  private long end;

  long first() {
    return first;
  }

  long end() {
    return end;
  }

  /** Returns its offset. */
  long append(long timestampMs, String key, byte[] value) {
    entries.add(new Entry(end, timestampMs, key.getBytes(StandardCharsets.UTF_8), value));
    return end++;
  }

  /** Retention: everything before an offset is gone. */
  void deleteBefore(long offset) {
    first = Math.max(first, Math.min(offset, end));
    entries.subList(0, indexOf(first)).clear();
  }

  /**
   * Compaction: of each key only the newest record is left, before an offset.
   *
   * @param tombstonesToo whether a key that was deleted is gone altogether
   */
  void compactBefore(long offset, boolean tombstonesToo) {
    Map<String, Long> newest = new HashMap<>();
    List<Entry> clean = entries.subList(0, indexOf(offset));
    clean.forEach(entry -> newest.put(entry.name(), entry.offset()));
    clean.removeIf(
        entry ->
            newest.get(entry.name()) != entry.offset() || (tombstonesToo && entry.value() == null));
  }

  /** The first so many records from an offset on. */
  List<Entry> read(long from, int most) {
    int at = indexOf(from);
    return List.copyOf(entries.subList(at, Math.min(entries.size(), at + most)));
  }

  /** The offset of the first record with this time or a later one; -1: there is none. */
  long offsetAt(long timestampMs) {
    return entries.stream()
        .filter(entry -> entry.timestampMs() >= timestampMs)
        .mapToLong(Entry::offset)
        .findFirst()
        .orElse(-1);
  }

  private int indexOf(long offset) {
    int low = 0;
    int high = entries.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries.get(middle).offset() < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

package io.walcast.connector.announcer;

import io.walcast.segment.Namespace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the namespaces that keep a partition long: their newest base is far back, and behind it lie
 * records of others that nobody needs any more. A snapshot of such a one lets them go. Stateless.
 */
final class PinnedRecords {

  /** So that copying what is needed costs no more than what it lets go. */
  private static final long LEAST_GARBAGE = 1_000;

  /** Asked for at a time, of each partition. */
  private static final int MOST_AT_ONCE = 20;

  private PinnedRecords() {}

  /** What one namespace needs of one partition. */
  private record Pin(Namespace namespace, long firstOffset, long records) {}

  private static final class Partition {
    private final List<Pin> pins = new ArrayList<>();
    private long end;
  }

  /**
   * The namespaces of which a snapshot is worth while: from where they begin, more records of their
   * partition are of no use than are needed.
   */
  static List<Namespace> pinning(Map<Namespace, RunHistory> histories) {
    Map<Integer, Partition> partitions = new HashMap<>();
    histories.forEach((namespace, history) -> add(namespace, history, partitions));
    List<Namespace> pinning = new ArrayList<>();
    for (Partition partition : partitions.values()) {
      pinning.addAll(pinning(partition));
    }
    return pinning;
  }

  private static List<Namespace> pinning(Partition partition) {
    partition.pins.sort(Comparator.comparingLong(Pin::firstOffset));
    long needed = partition.pins.stream().mapToLong(Pin::records).sum();
    List<Namespace> pinning = new ArrayList<>();
    for (Pin pin : partition.pins) {
      long garbage = partition.end - pin.firstOffset() - needed;
      if (garbage <= Math.max(LEAST_GARBAGE, needed) || pinning.size() == MOST_AT_ONCE) {
        break;
      }
      pinning.add(pin.namespace());
      needed -= pin.records();
    }
    return pinning;
  }

  private static void add(
      Namespace namespace, RunHistory history, Map<Integer, Partition> partitions) {
    Map<Integer, Long> first = new HashMap<>();
    Map<Integer, Long> records = new HashMap<>();
    for (AnnouncedRun run : history.fromNewestBase()) {
      Partition partition = partitions.computeIfAbsent(run.partition(), p -> new Partition());
      partition.end = Math.max(partition.end, run.lastOffset() + 1);
      first.merge(run.partition(), run.firstOffset(), Math::min);
      records.merge(run.partition(), run.records(), Long::sum);
    }
    first.forEach(
        (number, offset) ->
            partitions.get(number).pins.add(new Pin(namespace, offset, records.get(number))));
  }
}

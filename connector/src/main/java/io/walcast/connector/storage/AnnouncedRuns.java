package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.segment.Namespace;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs that are announced, by namespace, within a bound on the memory that they take. Where a
 * namespace would take more than what is left, nothing is known of it, which is said. For one
 * thread at a time.
 */
public final class AnnouncedRuns {

  private static final Logger LOG = LoggerFactory.getLogger(AnnouncedRuns.class);
  private static final int OBJECT_BYTES = 500;

  /** Of history: epoch, start; another log under the same is not possible, and kept apart. */
  private static final Comparator<AnnouncementKey> ORDER =
      Comparator.comparingLong((AnnouncementKey key) -> Integer.toUnsignedLong(key.epoch()))
          .thenComparingLong(AnnouncementKey::startFrameNo)
          .thenComparing(AnnouncementKey::logId);

  private final Map<Namespace, NavigableMap<AnnouncementKey, Announcement>> runs = new TreeMap<>();
  private final Set<Namespace> tooLarge = new HashSet<>();
  private final IntPredicate partitions;
  private final boolean history;
  private final long maxBytes;
  private long bytes;

  private AnnouncedRuns(IntPredicate partitions, boolean history, long maxBytes) {
    this.partitions = partitions;
    this.history = history;
    this.maxBytes = maxBytes;
  }

  /** Keeps everything. */
  public static AnnouncedRuns all(long maxBytes) {
    return new AnnouncedRuns(partition -> true, true, maxBytes);
  }

  /**
   * Keeps what leads to the newest state: from the newest snapshot on.
   *
   * @param partitions of the topic of frames that count
   */
  public static AnnouncedRuns newestOf(IntPredicate partitions, long maxBytes) {
    return new AnnouncedRuns(partitions, false, maxBytes);
  }

  void add(Announcement run) {
    Namespace namespace = run.namespace();
    if (!partitions.test(run.partition()) || tooLarge.contains(namespace)) {
      return;
    }
    NavigableMap<AnnouncementKey, Announcement> known =
        runs.computeIfAbsent(namespace, name -> new TreeMap<>(ORDER));
    Announcement before = known.put(run.key(), run);
    bytes += cost(run) - (before == null ? 0 : cost(before));
    if (run.snapshot() && !history) {
      Map<AnnouncementKey, Announcement> older = known.headMap(run.key(), false);
      older.values().forEach(old -> bytes -= cost(old));
      older.clear();
    }
    if (bytes > maxBytes) {
      LOG.warn("The announcements of {} and others take more than {} bytes", namespace, maxBytes);
      forget(namespace);
      tooLarge.add(namespace);
    }
  }

  void remove(AnnouncementKey key) {
    NavigableMap<AnnouncementKey, Announcement> known = runs.get(key.namespace());
    Announcement removed = known == null ? null : known.remove(key);
    if (removed != null) {
      bytes -= cost(removed);
      if (known.isEmpty()) {
        runs.remove(key.namespace());
      }
    }
  }

  void clear() {
    runs.clear();
    tooLarge.clear();
    bytes = 0;
  }

  private void forget(Namespace namespace) {
    runs.remove(namespace).values().forEach(run -> bytes -= cost(run));
  }

  private static long cost(Announcement run) {
    return OBJECT_BYTES + run.pages().getLongSizeInBytes() + 24L * run.parts().size();
  }

  /** The namespaces of which something is announced, in order. */
  public List<Namespace> namespaces() {
    return List.copyOf(runs.keySet());
  }

  /** Whether announcements had to be given up because they take too much memory. */
  public boolean isIncomplete() {
    return !tooLarge.isEmpty();
  }

  /** The newest run of a namespace. */
  public Optional<Announcement> newest(Namespace namespace) {
    NavigableMap<AnnouncementKey, Announcement> known = runs.get(namespace);
    return known == null ? Optional.empty() : Optional.of(known.lastEntry().getValue());
  }

  /** The runs of a namespace, in the order of history. */
  public List<Announcement> of(Namespace namespace) {
    NavigableMap<AnnouncementKey, Announcement> known = runs.get(namespace);
    return known == null ? List.of() : List.copyOf(known.values());
  }

  /** The offset after the last record that is announced, by partition of the topic of frames. */
  public Map<Integer, Long> ends() {
    Map<Integer, Long> ends = new HashMap<>();
    for (NavigableMap<AnnouncementKey, Announcement> known : runs.values()) {
      for (Announcement run : known.values()) {
        ends.merge(run.partition(), run.lastOffset() + 1, Math::max);
      }
    }
    return ends;
  }

  /** All of it, as it is now. */
  public TopicIndex index() {
    TopicIndex index = new TopicIndex();
    runs.values().forEach(known -> known.values().forEach(index::add));
    return index;
  }
}

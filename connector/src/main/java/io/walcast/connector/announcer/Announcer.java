package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.segment.Namespace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces what one task has published: takes segments of which Kafka has every record, and gives
 * records for the topic of announcements. Nothing waits for it: what it cannot announce for now it
 * keeps, and what the task's end leaves unannounced the next task finds in the topic.
 *
 * <p>Thread-safe; does not block.
 */
public final class Announcer {

  private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);

  private final AnnouncerOptions options;
  private final LongSupplier nanoTime;
  private final LongSupplier nowMs;
  private final Map<Namespace, NamespaceRuns> namespaces = new TreeMap<>();
  private final Map<Namespace, Optional<DurableFrame>> arrivals = new HashMap<>();
  private final Set<NamespaceRuns> waiting = new LinkedHashSet<>();
  private final List<AnnouncementKey> retired = new ArrayList<>();
  private final Map<Namespace, Integer> onTheirWay = new HashMap<>(); // records not committed yet
  private long announcements;
  private boolean lossTold;

  /**
   * Announces nothing before {@link AnnouncerThread} has made it ready.
   *
   * @param nanoTime monotonic clock, in nanoseconds
   * @param nowMs clock, in milliseconds since 1970
   */
  public Announcer(AnnouncerOptions options, LongSupplier nanoTime, LongSupplier nowMs) {
    this.options = options;
    this.nanoTime = nanoTime;
    this.nowMs = nowMs;
  }

  AnnouncerOptions options() {
    return options;
  }

  /**
   * A namespace is going to be captured. Called before anything of it is published.
   *
   * @param durable up to where Kafka is known to have it
   */
  public synchronized void watch(Namespace namespace, Optional<DurableFrame> durable) {
    if (!runs(namespace).isReady()) {
      arrivals.put(namespace, durable);
      notifyAll();
    }
  }

  /** Kafka has a segment. In the order of the namespace's history. */
  public synchronized void published(PublishedSegment segment) {
    NamespaceRuns runs = runs(segment.run().namespace());
    runs.published(segment);
    noteWaiting(runs);
  }

  /** A segment is in Kafka, and nobody knows where: it cannot be announced. */
  public synchronized void publishedSomewhere(Namespace namespace, DurableFrame end) {
    LOG.warn(
        "{}: Kafka did not tell one place of the frames up to {}: a snapshot is to follow",
        namespace,
        end.frameNo());
    runs(namespace).giveUp(end);
  }

  /**
   * Retires all that is announced of a namespace that was deleted. Nothing more of it is published
   * meanwhile; should it be {@linkplain #watch watched} again after that, all begins anew.
   *
   * @return whether Kafka has that; to be called until it has
   */
  public synchronized boolean retireAll(Namespace namespace) {
    NamespaceRuns runs = runs(namespace);
    if (!runs.isReady()) {
      if (!arrivals.containsKey(namespace)) {
        watch(namespace, Optional.empty());
      }
      return false;
    }
    waiting.remove(runs); // what is published and not announced stays so
    retired.addAll(runs.history().retireAll());
    boolean isOver = !onTheirWay.containsKey(namespace) && !isRetiring(namespace);
    if (isOver) {
      namespaces.remove(namespace);
    }
    return isOver;
  }

  private boolean isRetiring(Namespace namespace) {
    return retired.stream().anyMatch(key -> key.namespace().equals(namespace));
  }

  /** The records that are due now, in order. They count as written. */
  public synchronized List<SourceRecord> due() {
    List<SourceRecord> due = new ArrayList<>();
    long nowNs = nanoTime.getAsLong();
    for (NamespaceRuns runs : List.copyOf(waiting)) {
      for (Announcement run : runs.due(nowNs)) {
        due.add(AnnouncementRecord.of(options.announcements(), run));
        onTheirWay.merge(run.namespace(), 1, Integer::sum);
      }
      if (!runs.isWaiting()) {
        waiting.remove(runs);
      }
    }
    for (AnnouncementKey key : retired) {
      due.add(AnnouncementRecord.retired(options.announcements(), key));
      onTheirWay.merge(key.namespace(), 1, Integer::sum);
    }
    retired.clear();
    return due;
  }

  /** What became of a record that was due; {@code written}: Kafka has it. */
  public synchronized void committed(AnnouncementRecord announcement, boolean written) {
    onTheirWay.computeIfPresent(
        announcement.announcementKey().namespace(), (name, count) -> count == 1 ? null : count - 1);
    if (!written) {
      if (!lossTold) {
        LOG.warn(
            "Announcement {} was not written to Kafka: a transformation filtered it, or"
                + " errors.tolerance=all dropped it. Replicas are fed as ever; what is not announced"
                + " cannot be synced",
            announcement.announcementKey());
      }
      lossTold = true;
    } else if (announcement.run() != null) {
      announcements++;
      NamespaceRuns runs = runs(announcement.announcementKey().namespace());
      runs.history().put(announcement.run());
      if (announcement.run().snapshot()) {
        retire(runs); // not before: without the new base the old ones are all there is
      }
    }
  }

  /** Announcements that Kafka has taken. */
  public synchronized long announcements() {
    return announcements;
  }

  private NamespaceRuns runs(Namespace namespace) {
    return namespaces.computeIfAbsent(namespace, name -> new NamespaceRuns(name, options));
  }

  private void noteWaiting(NamespaceRuns runs) {
    if (runs.isWaiting()) {
      waiting.add(runs);
    }
  }

  private void retire(NamespaceRuns runs) {
    long retentionMs = options.historyRetention().toMillis();
    if (retentionMs >= 0) {
      retired.addAll(
          runs.history()
              .retire(retentionMs == 0 ? Long.MAX_VALUE : nowMs.getAsLong() - retentionMs));
    }
  }

  /**
   * Asks for one snapshot, unless one is on its way.
   *
   * @param why for the log
   * @return whether one will come
   */
  public boolean ask(SnapshotRequests requests, Namespace namespace, Supplier<String> why) {
    synchronized (this) {
      NamespaceRuns runs = namespaces.get(namespace);
      if (runs == null || runs.isSnapshotAsked()) {
        return runs != null;
      }
      runs.snapshotAsked(); // first: it may come at once
    }
    boolean accepted = requests.request(namespace);
    if (accepted) {
      LOG.info("{}: asked for a snapshot: {}", namespace, why.get());
    } else {
      synchronized (this) {
        runs(namespace).snapshotNotAsked();
      }
    }
    return accepted;
  }

  // What follows is for the AnnouncerThread.

  /** Waits until namespaces have come, or for so long. */
  synchronized void awaitArrivals(long mostMs) throws InterruptedException {
    if (arrivals.isEmpty() && mostMs > 0) {
      wait(mostMs);
    }
  }

  synchronized void know(Announcement run) {
    runs(run.namespace()).know(run);
  }

  synchronized void knowRetired(AnnouncementKey key) {
    runs(key.namespace()).knowRetired(key);
  }

  /**
   * Lets begin all that have come and miss nothing.
   *
   * @return the gaps of the others, which are still to come to {@link #ready}
   */
  synchronized Map<Namespace, MissingRuns.Gap> begin() {
    Map<Namespace, MissingRuns.Gap> gaps = new HashMap<>();
    arrivals.forEach(
        (namespace, durable) -> {
          NamespaceRuns runs = runs(namespace);
          Announcement newest = runs.newest().orElse(null);
          boolean misses = runs.misses(durable.orElse(null));
          runs.begin(nowMs.getAsLong());
          if (misses) {
            gaps.put(namespace, new MissingRuns.Gap(newest, durable.get()));
          } else {
            becomeReady(runs);
          }
        });
    arrivals.clear();
    return gaps;
  }

  /** Found in the topic, before {@link #ready}. */
  synchronized void found(PublishedSegment segment) {
    runs(segment.run().namespace()).accept(segment);
  }

  /** All that could be found has been; {@code lost}: that is not all there was. */
  synchronized void ready(Namespace namespace, MissingRuns.Gap gap, boolean lost) {
    NamespaceRuns runs = runs(namespace);
    if (lost) {
      runs.giveUp(gap.upTo());
    }
    becomeReady(runs);
  }

  private void becomeReady(NamespaceRuns runs) {
    runs.becomeReady();
    noteWaiting(runs);
    retire(runs);
  }

  /** Retires what only time has made unneeded. */
  synchronized void retire() {
    namespaces.values().stream().filter(NamespaceRuns::isReady).forEach(this::retire);
  }

  /** Asks for the snapshots that are due. */
  void askForSnapshots(SnapshotRequests requests) {
    for (Map.Entry<Namespace, String> due : snapshotsDue().entrySet()) {
      ask(requests, due.getKey(), due::getValue);
    }
  }

  private synchronized Map<Namespace, String> snapshotsDue() {
    Map<Namespace, String> due = new TreeMap<>();
    long now = nowMs.getAsLong();
    namespaces
        .values()
        .forEach(runs -> runs.whySnapshot(now).ifPresent(why -> due.put(runs.namespace(), why)));
    return due;
  }

  /** The lowest offset of each partition with something that no announcement leads to yet. */
  synchronized Map<Integer, Long> unannounced() {
    Map<Integer, Long> lowest = new HashMap<>();
    for (NamespaceRuns runs : namespaces.values()) {
      for (Announcement run : runs.unannounced()) {
        lowest.merge(run.partition(), run.firstOffset(), Math::min);
      }
    }
    return lowest;
  }
}

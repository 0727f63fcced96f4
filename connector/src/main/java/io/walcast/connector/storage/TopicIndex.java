package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The runs of segments that are known to be in a topic, by namespace. For one thread at a time. */
public final class TopicIndex {

  private final Map<Namespace, NavigableMap<SegmentKey, Announcement>> runs = new TreeMap<>();

  /** Adds a run, or a newer version of one. */
  public void add(Announcement run) {
    runs.computeIfAbsent(run.namespace(), name -> new TreeMap<>()).put(keyOf(run), run);
  }

  /** A deletion came: what was before it is gone. */
  public void deleted(Namespace namespace) {
    runs.remove(namespace);
  }

  /** The namespaces, in order. */
  public List<Namespace> namespaces() {
    return List.copyOf(runs.keySet());
  }

  /** The runs of a namespace, of all its logs, in the order of history. */
  public List<SegmentKey> keys(Namespace namespace) {
    NavigableMap<SegmentKey, Announcement> known = runs.get(namespace);
    return known == null ? List.of() : List.copyOf(known.keySet());
  }

  /** A run by its key. */
  public Optional<Announcement> run(Namespace namespace, SegmentKey key) {
    NavigableMap<SegmentKey, Announcement> known = runs.get(namespace);
    return known == null ? Optional.empty() : Optional.ofNullable(known.get(key));
  }

  /**
   * Puts the segments of a run in its place, so that states within it can be found, too.
   *
   * @throws IOException if they are not all there
   */
  public void split(Announcement run, FrameTopic topic) throws IOException {
    SegmentFinder finder = new SegmentFinder(run.partition());
    List<Announcement> segments = new ArrayList<>();
    TopicStretch stretch = topic.read(run.partition(), run.firstOffset(), run.lastOffset() + 1);
    while (stretch.next()) {
      if (stretch.namespace().filter(run.namespace()::equals).isPresent()) {
        finder
            .frame(run.namespace(), stretch.offset(), stretch.timestampMs(), stretch.frame())
            .ifPresent(segments::add);
      }
    }
    if (segments.size() != run.segments()) {
      throw new IOException(
          run + " has " + segments.size() + " whole segments there, not " + run.segments());
    }
    runs.get(run.namespace()).remove(keyOf(run));
    segments.forEach(this::add);
  }

  private static SegmentKey keyOf(Announcement run) {
    return new SegmentKey(
        run.logId(), run.epoch(), run.startFrameNo(), run.endFrameNo(), run.sealedAt());
  }
}

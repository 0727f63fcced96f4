package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.SegmentFinder;
import io.walcast.connector.storage.TopicStretch;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads from the topic of frames what was published and, because the task ended in between, not
 * announced. For one thread.
 */
final class MissingRuns {

  /** Beyond this a snapshot is cheaper than reading, or in no bad proportion to it. */
  private static final long MOST_RECORDS = 2_000_000;

  /** Is given what is found, in the order of its partition. */
  @FunctionalInterface
  interface Finding {
    /** A whole segment, or part of a snapshot. */
    void found(PublishedSegment segment);
  }

  /**
   * What is missing of a namespace.
   *
   * @param after newest run that is announced; {@code null}: none is
   * @param upTo what is known to have been published
   */
  record Gap(Announcement after, DurableFrame upTo) {}

  private final FrameTopic topic;
  private final Map<Namespace, Gap> gaps;
  private final Set<Namespace> open;
  private final Finding finding;
  private long records;

  MissingRuns(FrameTopic topic, Map<Namespace, Gap> gaps, Finding finding) {
    this.topic = topic;
    this.gaps = gaps;
    this.open = new HashSet<>(gaps.keySet());
    this.finding = finding;
  }

  /**
   * Reads until all is found, or nothing is left to read.
   *
   * @return namespaces of which something was not found: the records are gone, or too far back
   * @throws IOException if the brokers do not answer, naming what was read
   */
  Set<Namespace> find() throws IOException {
    Map<Integer, Long> beginnings = topic.beginnings();
    Map<Integer, Long> ends = topic.ends();
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      int partition = end.getKey();
      long beginning = beginnings.getOrDefault(partition, 0L);
      Optional<Long> from = firstOffset(partition, beginning, end.getValue());
      if (from.isPresent() && from.get() < end.getValue()) {
        read(partition, from.get(), end.getValue());
      }
    }
    return open;
  }

  /** Where to begin in a partition, if anything that is missing can be there. */
  private Optional<Long> firstOffset(int partition, long beginning, long end) {
    Map<Namespace, Long> first = new HashMap<>();
    for (Namespace namespace : open) {
      Announcement after = gaps.get(namespace).after();
      if (after == null) {
        first.put(namespace, beginning);
      } else if (after.partition() == partition && after.lastOffset() + 1 >= beginning) {
        first.put(namespace, after.lastOffset() + 1);
      }
    }
    first.values().removeIf(offset -> end - offset > MOST_RECORDS - records);
    return first.values().stream().min(Long::compare);
  }

  private void read(int partition, long from, long to) throws IOException {
    SegmentFinder finder = new SegmentFinder(partition);
    TopicStretch stretch = topic.read(partition, from, to);
    while (!open.isEmpty() && stretch.next()) {
      records++;
      Namespace namespace = stretch.namespace().orElse(null);
      if (namespace == null || !open.contains(namespace)) {
        continue;
      }
      if (stretch.isDeletion()) {
        finder.brokenOff(namespace);
        continue;
      }
      try {
        take(namespace, stretch, finder);
      } catch (InvalidFrameException e) {
        finder.brokenOff(namespace);
      }
    }
  }

  private void take(Namespace namespace, TopicStretch stretch, SegmentFinder finder)
      throws InvalidFrameException {
    FrameRecord frame = stretch.frame();
    Optional<Announcement> segment =
        finder.part(namespace, stretch.offset(), stretch.timestampMs(), frame);
    if (segment.isEmpty()) {
      return;
    }
    finding.found(new PublishedSegment(segment.get(), frame.kind()));
    DurableFrame upTo = gaps.get(namespace).upTo();
    Announcement found = segment.get();
    if (!upTo.isAfter(new DurableFrame(found.logId(), found.epoch(), found.endFrameNo()))) {
      open.remove(namespace);
    }
  }
}

package io.walcast.connector.storage;

import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Learns what is in a topic of frames by reading it. To read all of it costs the whole topic, and
 * needs nothing else. For one thread.
 */
public final class TopicScan {

  /** Is told how far the reading is. */
  @FunctionalInterface
  public interface Progress {
    /** So many offsets are done, of so many. */
    void at(long done, long all);
  }

  private final FrameTopic topic;
  private final TopicIndex index;
  private final List<String> problems = new ArrayList<>();

  /** Reads nothing yet. */
  public TopicScan(FrameTopic topic) {
    this(topic, new TopicIndex());
  }

  /**
   * Reads nothing yet.
   *
   * @param index what is known already, to which is added
   */
  public TopicScan(FrameTopic topic, TopicIndex index) {
    this.topic = topic;
    this.index = index;
  }

  /** Reads everything that is there now. */
  public void run(Progress progress) throws IOException {
    run(Map.of(), progress);
  }

  /**
   * Reads what is there now.
   *
   * @param known by partition, the offset up to which all is known
   */
  public void run(Map<Integer, Long> known, Progress progress) throws IOException {
    Map<Integer, Long> beginnings = new HashMap<>(topic.beginnings());
    known.forEach((partition, offset) -> beginnings.merge(partition, offset, Math::max));
    Map<Integer, Long> ends = topic.ends();
    long all = 0;
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      all += Math.max(0, end.getValue() - beginnings.getOrDefault(end.getKey(), 0L));
    }
    long done = 0;
    for (TopicPartition partition : topic.partitions()) {
      long from = beginnings.getOrDefault(partition.partition(), 0L);
      long to = Math.max(from, ends.getOrDefault(partition.partition(), from));
      TopicStretch stretch = topic.read(partition.partition(), from, to);
      SegmentFinder finder = new SegmentFinder(partition.partition());
      while (stretch.next()) {
        take(stretch, finder);
        progress.at(done + stretch.offset() + 1 - from, all);
      }
      done += to - from;
    }
    progress.at(all, all);
  }

  private void take(TopicStretch stretch, SegmentFinder finder) {
    Optional<Namespace> namespace = stretch.namespace();
    if (namespace.isEmpty()) {
      problems.add(stretch.where() + ": the key is no namespace");
    } else if (stretch.isDeletion()) {
      finder.brokenOff(namespace.get());
      index.deleted(namespace.get());
    } else {
      try {
        finder
            .frame(namespace.get(), stretch.offset(), stretch.timestampMs(), stretch.frame())
            .ifPresent(index::add);
      } catch (InvalidFrameException e) {
        finder.brokenOff(namespace.get());
        problems.add(stretch.where() + " of " + namespace.get() + ": " + e.getMessage());
      }
    }
  }

  /** What was found. */
  public TopicIndex index() {
    return index;
  }

  /** Records that are no frames: partition, offset and what is wrong. */
  public List<String> problems() {
    return List.copyOf(problems);
  }
}

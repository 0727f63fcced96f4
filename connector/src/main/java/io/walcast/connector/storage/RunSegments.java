package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Takes a run apart into its segments: as a whole it is one step, of up to minutes, and a restore
 * to a moment within wants the segments before that. Stateless.
 */
public final class RunSegments {

  private RunSegments() {}

  /**
   * An index of one namespace in which the first run that is too new is replaced by its segments.
   *
   * @param tooNew whether a run ends after the moment that is wanted
   * @throws IOException if the run cannot be read
   */
  public static TopicIndex apart(
      FrameTopic topic, TopicIndex index, Namespace namespace, Predicate<SegmentKey> tooNew)
      throws IOException {
    Optional<SegmentKey> first = index.keys(namespace).stream().filter(tooNew).findFirst();
    TopicIndex apart = new TopicIndex();
    for (SegmentKey key : index.keys(namespace)) {
      Announcement run = index.run(namespace, key).orElseThrow();
      if (first.filter(key::equals).isPresent() && run.segments() > 1 && !run.snapshot()) {
        addSegments(topic, run, apart);
      } else {
        apart.add(run);
      }
    }
    return apart;
  }

  private static void addSegments(FrameTopic topic, Announcement run, TopicIndex to)
      throws IOException {
    SegmentFinder finder = new SegmentFinder(run.partition());
    TopicStretch stretch = topic.read(run.partition(), run.firstOffset(), run.lastOffset() + 1);
    while (stretch.next()) {
      if (stretch.namespace().filter(run.namespace()::equals).isPresent()) {
        try {
          finder
              .frame(run.namespace(), stretch.offset(), stretch.timestampMs(), stretch.frame())
              .ifPresent(to::add);
        } catch (InvalidFrameException e) {
          throw new IOException(stretch.where() + " in " + run + ": " + e.getMessage(), e);
        }
      }
    }
  }
}

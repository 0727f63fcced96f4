package io.walcast.connector.sink;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.AnnouncedRuns;
import io.walcast.connector.storage.AnnouncementIndex;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;

/** What is announced of the partitions of a topic that a task has. Thread-safe. */
final class AnnouncedTopic implements Closeable {

  private final String topic;
  private final AnnouncementIndex index;
  private final FrameTopic offsets;
  private volatile boolean announced;
  private boolean closed;
  private Map<Integer, Long> beginnings = Map.of();
  private Map<Integer, Long> ends = Map.of();

  /**
   * Reads nothing yet.
   *
   * @param consumer taken over
   * @param partitions of the topic of frames that count
   */
  AnnouncedTopic(
      String topic, Consumer<byte[], byte[]> consumer, Set<Integer> partitions, long maxBytes) {
    this.topic = topic;
    this.offsets = new FrameTopic(consumer, topic);
    this.index =
        new AnnouncementIndex(
            consumer, topic, AnnouncedRuns.newestOf(Set.copyOf(partitions)::contains, maxBytes));
  }

  /** Reads what is new; says whether there are announcements at all. */
  synchronized boolean refresh() throws IOException {
    if (closed) {
      return false;
    }
    announced = index.refresh();
    if (announced) {
      beginnings = offsets.beginnings();
      ends = offsets.ends();
    }
    return announced;
  }

  /** Whether there are announcements at all. */
  boolean exists() {
    return announced;
  }

  /** The offset of the first record of a partition that was sealed at or after a time. */
  synchronized long offsetAt(int partition, long timeMs) throws IOException {
    return offsets.offsetAt(partition, timeMs);
  }

  synchronized List<Namespace> namespaces() {
    return index.runs().namespaces();
  }

  /** Whether nothing that is announced had to be left out. */
  synchronized boolean isComplete() {
    return index.isComplete();
  }

  synchronized Optional<Announcement> newest(Namespace namespace) {
    return index.newest(namespace);
  }

  /** How the replica of a namespace gets to what is announced. */
  synchronized SyncPlan plan(Namespace namespace, SyncPlan.Question question) {
    List<Announcement> runs = index.runs().of(namespace);
    int partition = runs.isEmpty() ? 0 : runs.get(runs.size() - 1).partition();
    return SyncPlan.make(question, runs, beginning(partition), ends.getOrDefault(partition, 0L));
  }

  /** The first offset of a partition that was there at the last refresh. */
  synchronized long beginning(int partition) {
    return beginnings.getOrDefault(partition, 0L);
  }

  String topic() {
    return topic;
  }

  @Override
  public synchronized void close() {
    closed = true;
    index.close();
  }
}

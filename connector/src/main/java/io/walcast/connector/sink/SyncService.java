package io.walcast.connector.sink;

import io.walcast.connector.client.ConsumerSource;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the syncs of a task have in common: the announcements, the consumers, and a bounded number
 * of threads. Where no announcements can be had there are no syncs, which is said. Thread-safe,
 * except that the partitions are the task's thread's to change.
 */
final class SyncService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SyncService.class);

  private final ConsumerSource clients;
  private final String name;
  private final long replayBytes;
  private final long indexBytes;
  private final ExecutorService threads;
  private final Deque<FrameTopic> idle = new ConcurrentLinkedDeque<>();
  private final SyncFigures figures = new SyncFigures();
  private volatile Map<String, AnnouncedTopic> topics = Map.of();
  private volatile boolean closed;

  /** Takes over what runs the syncs. */
  SyncService(WalSinkConfig config, ConsumerSource clients, ExecutorService threads) {
    this.clients = clients;
    this.name = config.connectorName() + "-" + config.task();
    this.replayBytes = config.syncMinBytes();
    this.indexBytes = config.syncIndexBytes();
    this.threads = threads;
  }

  /** The task has these partitions from now on: learns what is announced of them. */
  void assigned(Collection<TopicPartition> partitions) {
    closeTopics();
    Optional<String> problem = clients.problem();
    if (problem.isPresent()) {
      LOG.warn("Replicas are made by replaying the topic only: {}", problem.get());
      return;
    }
    Map<String, Set<Integer>> byTopic = new HashMap<>();
    partitions.forEach(
        tp -> byTopic.computeIfAbsent(tp.topic(), t -> new HashSet<>()).add(tp.partition()));
    Map<String, AnnouncedTopic> opened = new HashMap<>();
    for (Map.Entry<String, Set<Integer>> entry : byTopic.entrySet()) {
      String topic = entry.getKey();
      try {
        AnnouncedTopic announced =
            new AnnouncedTopic(
                topic, clients.openConsumer(name + "-announced"), entry.getValue(), indexBytes);
        opened.put(topic, announced);
        if (!announced.refresh()) {
          LOG.info("{} has no announcements yet: replicas replay it", topic);
        }
      } catch (IOException e) {
        LOG.warn("The announcements of {} cannot be read: replicas replay it", topic, e);
      }
    }
    topics = opened;
  }

  /** The announcements of a topic; empty if none can be had. */
  Optional<AnnouncedTopic> announced(String topic) {
    return Optional.ofNullable(topics.get(topic));
  }

  Collection<AnnouncedTopic> announced() {
    return topics.values();
  }

  /** What is asked for a replica. */
  SyncPlan.Question question(String topic, LogPosition have, boolean needsAll, boolean mayReplay) {
    return new SyncPlan.Question(topic, have, needsAll, mayReplay, replayBytes);
  }

  /** Has a job run, once a thread is free. */
  Future<SyncJob.Outcome> submit(SyncJob job) {
    return threads.submit(
        () -> {
          figures.begun();
          SyncJob.Outcome outcome = job.run(this);
          figures.ended(outcome);
          return outcome;
        });
  }

  /** Has the announcements read again, once a thread is free. */
  Future<?> refresh() {
    return threads.submit(
        () -> {
          for (AnnouncedTopic topic : topics.values()) {
            try {
              topic.refresh();
            } catch (IOException e) {
              LOG.warn("The announcements of {} cannot be read now", topic.topic(), e);
            }
          }
        });
  }

  /** A consumer for the topic, to be given back. */
  FrameTopic take(String topic) throws IOException {
    for (FrameTopic found = idle.poll(); found != null; found = idle.poll()) {
      if (found.name().equals(topic)) {
        return found;
      }
      found.close();
    }
    return new FrameTopic(clients.openConsumer(name + "-sync"), topic);
  }

  /** Gives a consumer back; one that is not intact is closed. */
  void giveBack(FrameTopic topic, boolean intact) {
    if (intact && !closed) {
      idle.push(topic);
    } else {
      topic.close();
    }
  }

  /** A sync has read what it wanted. */
  void read(Namespace namespace, long bytes) {
    figures.read(bytes);
    LOG.info("Replica {}: synced, {} bytes came from the brokers", namespace, bytes);
  }

  /** What the syncs have done. */
  SyncFigures figures() {
    return figures;
  }

  private void closeTopics() {
    Collection<AnnouncedTopic> open = topics.values();
    topics = Map.of();
    open.forEach(AnnouncedTopic::close);
  }

  /** The jobs must be over. */
  @Override
  public void close() {
    closed = true;
    threads.shutdown();
    for (FrameTopic topic = idle.poll(); topic != null; topic = idle.poll()) {
      topic.close();
    }
    closeTopics();
  }
}

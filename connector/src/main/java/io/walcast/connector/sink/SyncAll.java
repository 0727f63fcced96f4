package io.walcast.connector.sink;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings all replicas of a task up to what is announced: when it gets partitions, and, as an
 * announcement may come late, whenever there is a newer one of something that the consumer has
 * passed. Says where the consumer goes on. Used by the task's thread only.
 */
final class SyncAll {

  private static final Logger LOG = LoggerFactory.getLogger(SyncAll.class);
  private static final long LOOK_EVERY_NS = TimeUnit.SECONDS.toNanos(10);

  /**
   * An announcement comes this much later than its records, at most. What was sealed in this time
   * before the newest one is taken as it comes, whatever is announced.
   */
  private static final long LATE_MS = TimeUnit.SECONDS.toMillis(10);

  private final SyncService service;
  private final Replicas replicas;
  private final PassedOver passedOver;
  private final boolean deleteEnabled;
  private final ReplicaDirectory directory;
  private final LongSupplier nanoClock;
  private Future<?> looking; // null: not looking for newer announcements
  private long lookedAtNs;

  SyncAll(
      SyncService service,
      Replicas replicas,
      PassedOver passedOver,
      ReplicaDirectory directory,
      boolean deleteEnabled,
      LongSupplier nanoClock) {
    this.service = service;
    this.replicas = replicas;
    this.passedOver = passedOver;
    this.directory = directory;
    this.deleteEnabled = deleteEnabled;
    this.nanoClock = nanoClock;
    this.lookedAtNs = nanoClock.getAsLong();
  }

  /**
   * Begins to sync what needs it on partitions that were just assigned.
   *
   * @param assignment all that are assigned
   * @param opened those that are new
   * @return from where to read partitions, where that is known
   */
  Map<TopicPartition, Long> assigned(
      Collection<TopicPartition> assignment, Collection<TopicPartition> opened) {
    service.assigned(assignment);
    Map<TopicPartition, Long> seeks = new HashMap<>();
    for (AnnouncedTopic topic : service.announced()) {
      if (topic.exists()) {
        seek(topic, opened, seeks);
      }
    }
    return seeks;
  }

  private void seek(
      AnnouncedTopic topic, Collection<TopicPartition> opened, Map<TopicPartition, Long> seeks) {
    Map<TopicPartition, Long> replayed = new HashMap<>();
    Map<TopicPartition, Long> lastNeeded = new HashMap<>();
    Map<TopicPartition, Long> newestMs = new HashMap<>();
    Set<TopicPartition> unsure = new HashSet<>();
    for (Namespace namespace : topic.namespaces()) {
      Optional<SyncPlan> plan = replicas.get(namespace).syncToAnnounced(topic.topic(), true);
      if (plan.isEmpty() || plan.get().way() == SyncPlan.Way.IMPOSSIBLE) {
        plan.ifPresent(p -> LOG.info("Replica {}: cannot be synced: {}", namespace, p.reason()));
        topic
            .newest(namespace)
            .ifPresent(run -> unsure.add(new TopicPartition(topic.topic(), run.partition())));
        continue;
      }
      SyncPlan found = plan.get();
      LOG.info("Replica {}: {}: {}", namespace, found.way(), found.reason());
      TopicPartition partition = found.partition();
      Map<TopicPartition, Long> needs = found.way() == SyncPlan.Way.REPLAY ? replayed : lastNeeded;
      needs.merge(partition, found.needsOffset(), Math::min);
      newestMs.merge(partition, found.newest().sealedAtMs(), Math::max);
    }
    Optional<String> unannounced = unannounced(topic);
    for (TopicPartition partition : opened) {
      if (!newestMs.containsKey(partition)) {
        continue;
      }
      if (unannounced.isPresent() || unsure.contains(partition)) {
        LOG.info("{} is read from where it was left: {}", partition, unannounced.orElse("above"));
        continue;
      }
      try {
        // Who rests has nothing after its newest announcement, unless that is still to come.
        long settled = topic.offsetAt(partition.partition(), newestMs.get(partition) - LATE_MS);
        long needed = Math.max(lastNeeded.getOrDefault(partition, Long.MAX_VALUE), settled);
        needed = Math.min(needed, replayed.getOrDefault(partition, Long.MAX_VALUE));
        LOG.info("{} is read from offset {}: nobody needs what is before", partition, needed);
        seeks.put(partition, needed);
        passedOver.past(partition, topic.beginning(partition.partition()));
      } catch (IOException e) {
        LOG.warn("{} is read from where it was left", partition, e);
      }
    }
  }

  /** Why records may count of which no announcement tells; empty if none does. */
  private Optional<String> unannounced(AnnouncedTopic topic) {
    if (!topic.isComplete()) {
      return Optional.of("not all announcements of " + topic.topic() + " can be used");
    }
    if (deleteEnabled) {
      Set<Namespace> announced = new HashSet<>(topic.namespaces());
      try {
        for (Namespace namespace : directory.namespaces()) {
          if (!announced.contains(namespace)) {
            return Optional.of(namespace + " is not announced, and may have been deleted");
          }
        }
      } catch (IOException e) {
        LOG.warn("The replicas that are there cannot be listed", e);
        return Optional.of("replicas may have been deleted");
      }
    }
    return Optional.empty();
  }

  /**
   * Looks now and then whether something is announced of what the consumer has passed that a
   * replica does not have.
   *
   * @param positions next offset of each partition, as far as known
   */
  void look(Map<TopicPartition, Long> positions) {
    if (looking == null) {
      if (nanoClock.getAsLong() - lookedAtNs > LOOK_EVERY_NS && !service.announced().isEmpty()) {
        looking = service.refresh();
      }
    } else if (looking.isDone()) {
      looking = null;
      lookedAtNs = nanoClock.getAsLong();
      service.announced().forEach(topic -> catchUp(topic, positions));
    }
  }

  private void catchUp(AnnouncedTopic topic, Map<TopicPartition, Long> positions) {
    List<Namespace> namespaces = topic.namespaces();
    for (Namespace namespace : namespaces) {
      boolean passed =
          topic
              .newest(namespace)
              .filter(
                  run ->
                      positions.getOrDefault(new TopicPartition(topic.topic(), run.partition()), 0L)
                          > run.lastOffset())
              .isPresent();
      if (passed) {
        replicas.get(namespace).syncToAnnounced(topic.topic(), false);
      }
    }
  }
}

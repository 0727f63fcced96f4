package io.walcast.connector.source;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic as segment storage: a queue of sealed segments that the task's {@code poll} empties and
 * the producer's acknowledgements make durable.
 *
 * <p>Namespaces take turns, so a large snapshot of one does not hold up the others; within one, the
 * order is that of its frames. A segment that cannot be read is an error of its namespace alone and
 * is tried again. Nothing is remembered over a restart: what is not durable then is given to {@link
 * #store} again by the registry and published again, which replicas ignore.
 *
 * <p>Thread-safe; {@link #take} is for one thread at a time. No file is read while the monitor is
 * held, so {@link #store} and {@link #acknowledged} never wait for a disk.
 */
final class SegmentPublisher implements SegmentStorage {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentPublisher.class);
  private static final int TURN_BYTES = 256 * 1024;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final String topic;
  private final int maxFrames;
  private final int maxBytes;
  private final LongSupplier nanoTime;
  private final Consumer<Publication> onPublished;
  private final Runnable onDurable;
  private final Map<Namespace, NamespaceQueue> queues = new HashMap<>();
  private final Deque<NamespaceQueue> ready = new ArrayDeque<>();
  private final EpochHold epochs;
  private final List<NamespaceQueue> aside = new ArrayList<>(); // failed, or held for a while
  private final List<SourceRecord> deletions = new ArrayList<>();
  private String fatal;
  private boolean shutDown;

  /**
   * Publishes nothing by itself; {@link #take} does.
   *
   * @param nanoTime monotonic clock, in nanoseconds
   * @param clock wall clock, which epochs are from
   * @param onPublished told, from any thread, of each segment that has become durable, in their
   *     order; must not block
   * @param onDurable run, from any thread, whenever a segment has become durable; must not block
   */
  SegmentPublisher(
      WalSourceConfig config,
      LongSupplier nanoTime,
      Supplier<Instant> clock,
      Consumer<Publication> onPublished,
      Runnable onDurable) {
    topic = config.topic();
    maxFrames = config.pollMaxFrames();
    maxBytes = config.pollMaxBytes();
    this.nanoTime = nanoTime;
    this.epochs = new EpochHold(clock);
    this.onPublished = onPublished;
    this.onDurable = onDurable;
  }

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback onSegmentDurable) {
    if (!segment.retain()) {
      return; // closed since: it is stored again when its log is opened again
    }
    Publication publication = new Publication(namespace, segment, onSegmentDurable);
    synchronized (this) {
      if (shutDown) {
        publication.release(); // it stays on disk and is stored again at the next start
        return;
      }
      NamespaceQueue queue = queues.computeIfAbsent(namespace, name -> new NamespaceQueue());
      boolean idle = queue.sending() == null;
      queue.add(publication);
      if (idle) {
        ready.add(queue);
        notifyAll();
      }
    }
  }

  @Override
  public synchronized long durableFrameNo(Namespace namespace) {
    NamespaceQueue queue = queues.get(namespace);
    return queue == null ? 0 : queue.durableFrameNo();
  }

  /**
   * Publishes that a database was deleted. Kafka has all of it, and gets nothing more of it before
   * it has this.
   */
  synchronized void delete(DeletionSourceRecord deletion) {
    deletions.add(deletion);
    notifyAll();
  }

  /** What was handed to the producer may still arrive; its acknowledgement is ignored. */
  @Override
  public synchronized void forget(Namespace namespace) {
    NamespaceQueue queue = queues.remove(namespace);
    if (queue != null) {
      queue.clear();
      ready.remove(queue);
      aside.remove(queue);
    }
  }

  /** Takes no more and forgets what it has; acknowledgements that still come are ignored. */
  @Override
  public synchronized void shutdown() {
    shutDown = true;
    queues.values().forEach(NamespaceQueue::clear);
    queues.clear();
    ready.clear();
    aside.clear();
    notifyAll();
  }

  synchronized PublishStatus status(Namespace namespace) {
    NamespaceQueue queue = queues.get(namespace);
    return queue == null ? PublishStatus.NOTHING : queue.status();
  }

  /**
   * The next records, at most as many and as large as configured; empty if there is nothing to send
   * for {@code maxWait}, or after {@link #shutdown}.
   *
   * @throws ConnectException if frames were lost on their way, so that the task must not go on
   */
  List<SourceRecord> take(Duration maxWait) throws InterruptedException {
    int bytes = 0;
    NamespaceQueue queue = awaitReady(maxWait);
    List<SourceRecord> batch = takeDeletions();
    while (queue != null) {
      Publication publication = sending(queue);
      if (publication == null) {
        return batch; // cleared meanwhile
      }
      int before = batch.size();
      int recordBytes = publication.recordBytes();
      int room = Math.min(maxFrames - before, (maxBytes - bytes) / recordBytes);
      if (room <= 0 && before > 0) {
        giveBack(queue);
        return batch;
      }
      sendTurn(
          queue, publication, Math.min(Math.max(room, 1), 1 + TURN_BYTES / recordBytes), batch);
      bytes += (batch.size() - before) * recordBytes;
      queue = pollReady();
    }
    return batch;
  }

  private synchronized List<SourceRecord> takeDeletions() {
    List<SourceRecord> taken = new ArrayList<>(deletions);
    deletions.clear();
    return taken;
  }

  /** Kafka has this frame. Does not block. */
  void acknowledged(FrameSourceRecord frame, RecordMetadata metadata) {
    List<Publication> durable;
    synchronized (this) {
      NamespaceQueue queue = queues.get(frame.publication().namespace());
      if (!frame.publication().acknowledge(metadata) || queue == null) {
        return;
      }
      durable = queue.removeDurable();
    }
    for (Publication publication : durable) {
      onPublished.accept(publication);
      publication.release(); // first: the last to let a deleted file go waits for the disk
      publication.tellDurable();
    }
    onDurable.run();
  }

  /**
   * This frame was filtered, or dropped after an error, on its way to Kafka: {@link #take} fails.
   */
  synchronized void lost(FrameSourceRecord frame) {
    fatal =
        "a frame of namespace "
            + frame.publication().namespace()
            + " was not written to Kafka: a transformation filtered it, or errors.tolerance=all"
            + " dropped it. A segment with a missing frame is of no use to a replica; remove the"
            + " transformation, or set errors.tolerance=none";
    notifyAll();
  }

  /** The same of a deletion. */
  synchronized void lost(DeletionSourceRecord deletion) {
    fatal =
        "the deletion of namespace "
            + deletion.namespace()
            + " was not written to Kafka: a transformation filtered it, or errors.tolerance=all"
            + " dropped it. Remove the transformation, or set "
            + WalSourceConfig.DATABASE_DELETED
            + "=stop";
    notifyAll();
  }

  private synchronized NamespaceQueue awaitReady(Duration maxWait) throws InterruptedException {
    long deadlineNs = nanoTime.getAsLong() + maxWait.toNanos();
    while (true) {
      if (fatal != null) {
        throw new ConnectException(fatal);
      }
      NamespaceQueue queue = pollReady();
      long remainingMs = (deadlineNs - nanoTime.getAsLong()) / 1_000_000;
      if (queue != null || shutDown || remainingMs <= 0 || !deletions.isEmpty()) {
        return queue;
      }
      wait(Math.min(remainingMs, msUntilRetry()));
    }
  }

  private synchronized NamespaceQueue pollReady() {
    long nowNs = nanoTime.getAsLong();
    for (Iterator<NamespaceQueue> i = aside.iterator(); i.hasNext(); ) {
      NamespaceQueue queue = i.next();
      if (queue.mayRetry(nowNs)) {
        i.remove();
        ready.add(queue);
      }
    }
    NamespaceQueue queue = ready.poll();
    while (queue != null && isHeld(queue, nowNs)) {
      queue = ready.poll();
    }
    return queue;
  }

  private boolean isHeld(NamespaceQueue queue, long nowNs) {
    long remainingNs = epochs.remainingNs(queue.sending().epoch());
    if (remainingNs > 0) {
      queue.holdUntil(nowNs + remainingNs);
      aside.add(queue);
    }
    return remainingNs > 0;
  }

  private long msUntilRetry() {
    long nowNs = nanoTime.getAsLong();
    long leastNs = RETRY_AFTER.toNanos();
    for (NamespaceQueue queue : aside) {
      leastNs = Math.min(leastNs, queue.retriesIn(nowNs));
    }
    return 1 + Math.max(0, leastNs) / 1_000_000;
  }

  private synchronized Publication sending(NamespaceQueue queue) {
    return queue.sending();
  }

  private synchronized void giveBack(NamespaceQueue queue) {
    if (!queue.isCleared()) {
      ready.addFirst(queue);
    }
  }

  /** Reads up to {@code frames} frames of one namespace's oldest segment into the batch. */
  private void sendTurn(
      NamespaceQueue queue, Publication publication, int frames, List<SourceRecord> batch) {
    try {
      for (int i = 0; i < frames && (i == 0 || publication.hasNext()); i++) {
        batch.add(publication.nextRecord(topic));
      }
    } catch (IOException e) {
      putAside(queue, publication.namespace(), e);
      return;
    }
    turnEnded(queue, publication);
  }

  private synchronized void turnEnded(NamespaceQueue queue, Publication publication) {
    if (queue.isCleared()) {
      return;
    }
    if (!publication.hasNext()) {
      queue.sent();
    }
    if (queue.sending() != null) {
      ready.add(queue);
    }
  }

  private synchronized void putAside(NamespaceQueue queue, Namespace namespace, IOException e) {
    if (queue.isCleared()) {
      return; // the file was closed under the read
    }
    if (!queue.status().problem().equals(e.toString())) {
      LOG.error("Publishing namespace {} stops and is tried again: {}", namespace, e, e);
    }
    queue.failed(e.toString(), nanoTime.getAsLong() + RETRY_AFTER.toNanos());
    aside.add(queue);
  }
}

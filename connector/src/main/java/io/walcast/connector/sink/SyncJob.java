package io.walcast.connector.sink;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.StoredHistory;
import java.io.IOException;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what is announced of one namespace into the log of its replica, as one transaction, which
 * the task commits when it is over. While it runs it has the log to itself; nothing of it is seen
 * in the database. Run once, by a thread of {@link SyncService}.
 */
final class SyncJob {

  private static final Logger LOG = LoggerFactory.getLogger(SyncJob.class);

  /** Says how to get to what is announced. */
  @FunctionalInterface
  interface Planner {
    SyncPlan plan() throws IOException;
  }

  /**
   * How it ended.
   *
   * @param plan what was to be done; {@code null} if not even that could be told
   * @param problem why not all was read; {@code null} if it was, or the plan is not to read
   */
  record Outcome(SyncPlan plan, IOException problem) {

    /** Whether the log has all that is announced, to be committed. */
    boolean isRead() {
      return problem == null && plan.way() == SyncPlan.Way.SYNC;
    }
  }

  private final Namespace namespace;
  private final ReplicaLog log;
  private final LogKeeper keeper;
  private final LogPosition have;
  private final Planner planner;
  private volatile boolean cancelled;
  private FrameTopic reading; // null: not reading

  SyncJob(
      Namespace namespace, ReplicaLog log, LogKeeper keeper, LogPosition have, Planner planner) {
    this.namespace = namespace;
    this.log = log;
    this.keeper = keeper;
    this.have = have;
    this.planner = planner;
  }

  Outcome run(SyncService service) {
    SyncPlan plan = null;
    try {
      plan = planner.plan();
      LOG.info("Replica {}: {}: {}", namespace, plan.way(), plan.reason());
      if (plan.way() == SyncPlan.Way.SYNC) {
        read(service, plan);
      }
      return new Outcome(plan, null);
    } catch (IOException e) {
      return new Outcome(plan, e);
    } catch (RuntimeException e) { // ours to mend, but the others must go on
      LOG.error("Replica {}: failed while syncing", namespace, e);
      return new Outcome(plan, new IOException("syncing " + namespace + ": " + e, e));
    }
  }

  private void read(SyncService service, SyncPlan plan) throws IOException {
    openLog(plan);
    log.begin(plan.segment());
    TopicIndex index = new TopicIndex();
    plan.runs().forEach(index::add);
    Announcement newest = plan.newest();
    SegmentKey end =
        new SegmentKey(
            newest.logId(),
            newest.epoch(),
            newest.startFrameNo(),
            newest.endFrameNo(),
            newest.sealedAt());
    FrameTopic topic = service.take(plan.partition().topic());
    boolean intact = false;
    try {
      begin(topic);
      long before = topic.receivedBytes();
      try (StoredHistory history =
          new StoredHistory(
              new KafkaSegmentStorage(topic, index),
              namespace,
              end,
              plan.haveFrameNo(),
              new RoaringBitmap(),
              Long.MAX_VALUE)) {
        insert(history, newest, service.figures());
      }
      intact = true;
      service.read(namespace, topic.receivedBytes() - before);
    } finally {
      begin(null);
      service.giveBack(topic, intact && !cancelled);
    }
  }

  private void openLog(SyncPlan plan) throws IOException {
    if (plan.haveFrameNo() == 0) {
      keeper.start(plan.segment(), null);
    } else if (have.epoch() != plan.newest().epoch()) {
      keeper.enterEpoch(plan.newest().epoch(), have);
    }
  }

  private synchronized void begin(FrameTopic topic) {
    reading = topic;
  }

  private void insert(StoredHistory history, Announcement newest, SyncFigures figures)
      throws IOException {
    boolean any = false;
    while (history.next()) {
      if (cancelled) {
        throw new IOException("cancelled");
      }
      any = true;
      figures.page();
      log.insert(history.frameNo(), history.pageNo(), history.page());
    }
    if (!any) {
      throw new IOException(newest + " leads nowhere: it has no page that is not had");
    }
  }

  /** Has it end soon, without success. Any thread may call it. */
  synchronized void cancel() {
    cancelled = true;
    if (reading != null) {
      reading.interrupt();
    }
  }
}

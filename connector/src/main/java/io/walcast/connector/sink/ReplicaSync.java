package io.walcast.connector.sink;

import io.walcast.connector.announce.Announcement;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sync of one replica: asked for, running, over. One that fails is tried again a few times,
 * waiting a little longer each time; then it is given up until something newer is announced.
 *
 * <p>Used by the task's thread only.
 */
final class ReplicaSync {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaSync.class);
  private static final int ATTEMPTS = 5;
  private static final int WAITS = 3;
  private static final long FIRST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Namespace namespace;
  private final ReplicaLog log;
  private final LogKeeper keeper;
  private final SyncService service; // null: there are no syncs
  private final LongSupplier nanoClock;
  private String topic; // null: none is asked for
  private boolean needsAll;
  private SyncPlan given; // null: to be made
  private int attempts;
  private long notBeforeNs;
  private SyncJob job; // null: not running
  private Future<SyncJob.Outcome> running;
  private Optional<Announcement> givenUp; // or that there was none; null: not given up

  ReplicaSync(
      Namespace namespace,
      ReplicaLog log,
      LogKeeper keeper,
      SyncService service,
      LongSupplier nanoClock) {
    this.namespace = namespace;
    this.log = log;
    this.keeper = keeper;
    this.service = service;
    this.nanoClock = nanoClock;
  }

  /** Whether a sync may lead further: there are announcements, and they were not tried in vain. */
  boolean mayHelp(String ofTopic) {
    Optional<AnnouncedTopic> announced = announced(ofTopic);
    return topic == null
        && announced.isPresent()
        && announced.get().exists()
        && !isGivenUp(announced.get());
  }

  private Optional<AnnouncedTopic> announced(String ofTopic) {
    return service == null ? Optional.empty() : service.announced(ofTopic);
  }

  private boolean isGivenUp(AnnouncedTopic announced) {
    return givenUp != null && announced.newest(namespace).equals(givenUp);
  }

  /** How the replica would get to what is announced; empty if nothing is known. */
  Optional<SyncPlan> plan(String ofTopic, LogPosition have, boolean all, boolean mayReplay) {
    return announced(ofTopic)
        .map(known -> known.plan(namespace, service.question(ofTopic, have, all, mayReplay)));
  }

  /**
   * Asks for a sync.
   *
   * @param all whether what the replica has cannot be continued
   * @param plan what to do; {@code null}: decided when it runs, by the newest announcements
   */
  void ask(String ofTopic, boolean all, SyncPlan plan) {
    topic = ofTopic;
    needsAll = all;
    given = plan;
    attempts = 0;
    notBeforeNs = nanoClock.getAsLong();
  }

  /** Whether it has log and database to itself. */
  boolean isRunning() {
    return running != null;
  }

  /** Whether it is time to begin. */
  boolean isDue() {
    return topic != null && running == null && nanoClock.getAsLong() - notBeforeNs >= 0;
  }

  /** Begins; log and database are its own until it is over. All that was taken is folded. */
  void begin(LogPosition have) {
    SyncPlan plan = given;
    given = null;
    attempts++;
    String ofTopic = topic;
    boolean all = needsAll;
    job =
        new SyncJob(
            namespace, log, keeper, have, () -> plan != null ? plan : newPlan(ofTopic, have, all));
    running = service.submit(job);
  }

  private SyncPlan newPlan(String ofTopic, LogPosition have, boolean all) throws IOException {
    AnnouncedTopic announced =
        announced(ofTopic).orElseThrow(() -> new IOException(ofTopic + " is not assigned"));
    announced.refresh();
    return announced.plan(namespace, service.question(ofTopic, have, all, false));
  }

  /** Whether it has ended, so that {@link #end} says how. */
  boolean isOver() {
    return running != null && running.isDone();
  }

  /** Takes note of how it ended. */
  SyncJob.Outcome end() {
    try {
      return running.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new SyncJob.Outcome(null, new IOException("interrupted", e));
    } catch (ExecutionException e) {
      return new SyncJob.Outcome(null, new IOException("syncing " + namespace, e.getCause()));
    } finally {
      running = null;
      job = null;
    }
  }

  /** What was read is in the log. It is not read again before it has proven right. */
  void succeeded(Announcement newest) {
    topic = null;
    givenUp = Optional.of(newest);
  }

  /** What was read is in the database, which has the stated checksum. */
  void proven() {
    givenUp = null;
  }

  /**
   * Whether to try again, later.
   *
   * @param failed whether it was tried; if not, what is announced does not lead further yet
   */
  boolean isTriedAgain(boolean failed) {
    notBeforeNs = nanoClock.getAsLong() + (FIRST_WAIT_NS << attempts);
    return attempts < (failed ? ATTEMPTS : WAITS);
  }

  /** Gives up until something newer is announced. */
  void giveUp() {
    givenUp = announced(topic).flatMap(known -> known.newest(namespace));
    topic = null;
  }

  /** Ends it, if it is running, without success; returns when it has ended. */
  void cancel() {
    if (running != null) {
      job.cancel();
      SyncJob.Outcome ended = end();
      LOG.info("Replica {}: sync cancelled: {}", namespace, ended.problem());
    }
    topic = null;
  }
}

package io.walcast.connector.sink;

import io.walcast.checkpoint.FoldRefusedException;
import io.walcast.checkpoint.ReplicaDivergedException;
import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One namespace in the sink: takes its frames, which {@link SegmentIntake} hands to its log, from
 * which the checkpointer folds them into the database; and has it synced where frames alone do not
 * lead on.
 *
 * <p>{@link ReplicaState} has the table of transitions. In any state an error that is not in the
 * frames suspends the replica, see {@link Suspension}; it is NEW after that, and what was not in
 * the database is read again. So does a sync, for as long as it takes. A quarantine and a
 * divergence outlive the task, see {@link QuarantineMark}.
 *
 * <p>Used by the task's thread only, but for {@link #status()}.
 */
final class Replica implements SegmentIntake.Owner {

  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

  private final Namespace namespace;
  private final ReplicaLog log;
  private final LogKeeper keeper;
  private final SnapshotStaging staging;
  private final SegmentGate gate;
  private final FoldProgress folds;
  private final PartitionProgress progress;
  private final Set<TopicPartition> partitions = new HashSet<>();
  private final Suspension suspension;
  private final Standing standing;
  private final SegmentIntake intake;
  private final ReplicaSync sync;
  private final PassedOver passedOver;

  Replica(
      Namespace namespace,
      ReplicaLog log,
      FoldProgress folds,
      PartitionProgress progress,
      boolean deleteEnabled,
      SyncService service,
      PassedOver passedOver,
      LongSupplier nanoClock) {
    this.namespace = namespace;
    this.log = log;
    this.keeper = new LogKeeper(namespace, log, folds);
    this.staging = log.staging();
    this.gate = new SegmentGate(namespace, staging, deleteEnabled);
    this.folds = folds;
    this.progress = progress;
    this.suspension = new Suspension(progress, nanoClock);
    this.standing = new Standing(namespace, folds, gate, suspension);
    this.intake =
        new SegmentIntake(namespace, log, keeper, staging, gate, folds, progress, standing, this);
    this.sync = new ReplicaSync(namespace, log, keeper, service, nanoClock);
    this.passedOver = passedOver;
  }

  /**
   * Takes the value of a record of this namespace; {@code null} deletes, where enabled.
   *
   * @return what is wrong with the record itself, if anything is
   */
  Optional<Exception> accept(RecordOrigin origin, Object value) {
    partitions.add(origin.partition());
    if (suspension.isActive()) {
      suspension.passOver(origin);
      return Optional.empty();
    }
    try {
      standing.open(keeper, log);
      if (value == null) {
        delete(origin);
      } else if (value instanceof byte[] bytes) {
        intake.take(origin, FrameRecord.decode(bytes));
      } else {
        throw new InvalidFrameException(
            "the value is " + value.getClass().getName() + ", not bytes: set value.converter");
      }
    } catch (InvalidFrameException | RefusedPathException e) {
      quarantine(origin, e.getMessage());
      return Optional.of(e);
    } catch (ReplicaDivergedException e) {
      diverged(e, origin);
    } catch (IOException e) {
      fail(List.of(progress.hold(origin.partition(), origin.offset())), e);
    } catch (RuntimeException e) { // ours to mend, but the others must go on
      LOG.error("Replica {}: failed at {}", namespace, origin, e);
      quarantine(origin, e.toString());
      return Optional.of(e);
    }
    return Optional.empty();
  }

  @Override
  public void foldFirst(RecordOrigin origin) {
    suspension.suspend(
        "folding what is left of epoch " + Integer.toUnsignedString(standing.have().epoch()),
        List.of(progress.hold(origin.partition(), origin.offset())));
    standing.publish();
  }

  @Override
  public boolean lacks(RecordOrigin origin, String why) {
    TopicPartition partition = origin.partition();
    if (sync.mayHelp(partition.topic())) {
      LOG.info("Replica {}: at {} it lacks something, syncs: {}", namespace, origin, why);
      staging.discard();
      beginSync(partition, null, why, List.of(progress.hold(partition, origin.offset())));
      return true;
    }
    Optional<PartitionProgress.Hold> earlier = passedOver.back(partition);
    if (earlier.isPresent()) {
      LOG.info("Replica {}: at {} it lacks something, all is replayed: {}", namespace, origin, why);
      suspension.suspend(why, List.of(earlier.get()));
      standing.publish();
      return true;
    }
    if (standing.is(ReplicaState.FOLLOWING) || standing.reason().isEmpty()) {
      LOG.error("Replica {}: waits for a snapshot since {}: {}", namespace, origin, why);
      standing.set(ReplicaState.WAITING_FOR_SNAPSHOT, origin + ": " + why);
      standing.publish();
    }
    return false;
  }

  private void quarantine(RecordOrigin origin, String problem) {
    String where = intake.incoming().map(id -> ", in " + id).orElse("");
    if (standing.is(ReplicaState.QUARANTINED)) {
      LOG.debug("Replica {}: still bad at {}{}: {}", namespace, origin, where, problem);
    } else {
      LOG.error("Replica {}: quarantined at {}{}: {}", namespace, origin, where, problem);
    }
    String why = origin + where + ": " + problem;
    try {
      log.rollback();
      if (standing.is(ReplicaState.FOLLOWING)) {
        log.quarantine().set(standing.have(), ReplicaState.QUARANTINED, why);
      }
    } catch (IOException e) {
      fail(List.of(progress.hold(origin.partition(), origin.offset())), e);
      return;
    }
    intake.giveUp();
    standing.set(ReplicaState.QUARANTINED, why);
    standing.publish();
  }

  /**
   * The database is not what was applied to it.
   *
   * @param origin of the record at which that was found, or {@code null}: it was while folding
   */
  private void diverged(IOException problem, RecordOrigin origin) {
    LOG.error("Replica {}: diverged, needs a snapshot: {}", namespace, problem.getMessage());
    keeper.closeDiverged(standing.have(), problem.getMessage());
    intake.forget();
    keeper.forget();
    standing.set(ReplicaState.DIVERGED, problem.getMessage());
    TopicPartition partition =
        origin == null ? partitions.stream().findAny().orElse(null) : origin.partition();
    if (partition != null && sync.mayHelp(partition.topic())) {
      staging.discard();
      List<PartitionProgress.Hold> from =
          origin == null ? List.of() : List.of(progress.hold(partition, origin.offset()));
      beginSync(partition, null, "diverged: " + problem.getMessage(), from);
    }
    standing.publish();
  }

  /**
   * Stops after an error that is not in the frames. The log is closed, and what is not safely in
   * the database is given up: it will be read again, and the database says where to go on.
   */
  private void fail(List<PartitionProgress.Hold> needed, IOException problem) {
    sync.cancel();
    List<PartitionProgress.Hold> again = new ArrayList<>(needed);
    intake.abandon().ifPresent(again::add);
    again.addAll(keeper.abandon());
    keeper.closeQuietly();
    staging.abandon().ifPresent(again::add);
    standing.set(ReplicaState.NEW, "");
    suspension.suspend(problem.toString(), again);
    LOG.warn("Replica {}: stopped, will be tried again", namespace, problem);
    standing.publish();
  }

  private void delete(RecordOrigin origin) throws IOException {
    intake.drop(); // the rest of it will not come
    staging.discard();
    if (gate.keeps(origin)) {
      return;
    }
    if (log.origin().isBehind(origin, standing.have())) {
      LOG.info("Replica {}: {} deletes what was before it, which is long gone", namespace, origin);
      return;
    }
    if (!log.isOpen()) {
      LOG.warn("Replica {}: {} deletes it, but there is none of ours", namespace, origin);
      return;
    }
    log.delete();
    keeper.forget();
    standing.has(null);
    folds.start(null);
    standing.set(ReplicaState.WAITING_FOR_SNAPSHOT, "deleted by " + origin);
    LOG.info("Replica {}: deleted by {}", namespace, origin);
    standing.publish();
  }

  /**
   * Says how it gets to what is announced, and begins to, where that is by a sync.
   *
   * @param mayReplay whether the consumer has not passed the records in between
   * @return empty if that cannot be told now
   */
  Optional<SyncPlan> syncToAnnounced(String topic, boolean mayReplay) {
    if (suspension.isActive() || intake.incoming().isPresent()) {
      return Optional.empty();
    }
    boolean all;
    try {
      standing.open(keeper, log);
      all = standing.is(ReplicaState.DIVERGED);
    } catch (ReplicaDivergedException e) {
      diverged(e, null);
      all = true;
    } catch (IOException e) {
      fail(List.of(), e);
      return Optional.empty();
    }
    Optional<SyncPlan> plan = sync.plan(topic, standing.have(), all, mayReplay);
    boolean begins = plan.filter(p -> p.way() == SyncPlan.Way.SYNC).isPresent();
    if (plan.isPresent() && plan.get().partition() != null) {
      partitions.add(plan.get().partition());
    }
    if (begins && sync.mayHelp(topic)) {
      beginSync(plan.get().partition(), plan.get(), plan.get().reason(), List.of());
    }
    return plan;
  }

  private void beginSync(
      TopicPartition partition, SyncPlan plan, String why, List<PartitionProgress.Hold> needed) {
    sync.ask(partition.topic(), standing.is(ReplicaState.DIVERGED), plan);
    List<PartitionProgress.Hold> from = new ArrayList<>(needed);
    if (from.isEmpty()) {
      from.add(progress.holdAll(partition)); // the log may be given up before there is another
    }
    suspension.suspendForSync(why, from);
    standing.publish();
  }

  private void advanceSync() {
    if (sync.isDue() && folds.isDrained()) {
      try {
        keeper.collectFolded();
        keeper.force();
        if (!standing.is(ReplicaState.DIVERGED)) {
          standing.open(keeper, log);
        }
        sync.begin(standing.have());
      } catch (IOException e) {
        fail(List.of(), e);
      }
    } else if (sync.isOver()) {
      endSync(sync.end());
    }
  }

  private void endSync(SyncJob.Outcome outcome) {
    SyncPlan plan = outcome.plan();
    if (outcome.isRead()) {
      try {
        PartitionProgress.Hold from = suspension.oldest(plan.partition());
        Announcement newest = plan.newest();
        intake.commit(
            plan.segment(),
            newest.sizeAfter(),
            newest.databaseChecksum(),
            newest.pages().getLongCardinality() * newest.pageSize(),
            new RecordOrigin(plan.partition(), newest.lastOffset(), newest.sealedAtMs()),
            from);
        log.quarantine().delete();
        sync.succeeded(newest);
        suspension.endAt(plan.partition(), plan.needsOffset());
        standing.publish();
        return;
      } catch (IOException e) {
        outcome = new SyncJob.Outcome(plan, e);
      }
    }
    if (outcome.problem() != null) {
      LOG.warn("Replica {}: not synced: {}", namespace, outcome.problem().toString());
      keeper.closeQuietly();
      if (!standing.is(ReplicaState.DIVERGED)) {
        standing.set(ReplicaState.NEW, "");
      }
    }
    if (!sync.isTriedAgain(outcome.problem() != null)) {
      LOG.warn("Replica {}: goes on without a sync", namespace);
      sync.giveUp();
      List<PartitionProgress.Hold> again = new ArrayList<>();
      partitions.forEach(partition -> passedOver.back(partition).ifPresent(again::add));
      suspension.endWith(again);
    }
    standing.publish();
  }

  /** Takes note of what the checkpointer did since the last call, and of how a sync went on. */
  void settle() {
    if (sync.isRunning()) {
      if (sync.isOver()) {
        advanceSync();
      }
      return; // the log is the sync's
    }
    if (keeper.collectFolded()) {
      suspension.succeeded();
      sync.proven();
    }
    IOException failure = folds.failure();
    if (failure instanceof ReplicaDivergedException || failure instanceof FoldRefusedException) {
      diverged(failure, null);
    } else if (folds.isStuck()) {
      fail(List.of(), failure); // which leaves the buffer to the other namespaces
    } else {
      advanceSync();
    }
  }

  /** Makes what was folded durable, after which its records may be committed. */
  void force() throws IOException {
    if (!sync.isRunning()) {
      keeper.force();
    }
  }

  /** Ends a suspension when it is time; says what to read again. */
  List<PartitionProgress.Hold> retry() {
    if (!suspension.isDue()) {
      return List.of();
    }
    List<PartitionProgress.Hold> from = suspension.resume();
    standing.publish();
    return from;
  }

  /** The consumer reads again from where {@link #retry} said. */
  void rewound() {
    suspension.rewound();
  }

  /** Closes everything; what is not folded is read again by whoever opens it next. */
  void close() {
    sync.cancel();
    intake.abandon();
    keeper.finish();
    staging.discard();
  }

  /** Whether a record of the partition was seen, or announced. */
  boolean isOn(TopicPartition partition) {
    return partitions.contains(partition);
  }

  boolean isSuspended() {
    return suspension.isActive();
  }

  /** Whether nothing is being folded, or it fails. */
  boolean isQuiet() {
    return folds.isDrained() || folds.failure() != null;
  }

  /** Bytes that count against the buffer: none where waiting would not have them folded. */
  long bufferedBytes() {
    return suspension.isActive() ? 0 : log.waitingBytes() + folds.accountBytes();
  }

  /** The state of things; any thread may ask. */
  ReplicaStatus status() {
    return standing.status();
  }
}

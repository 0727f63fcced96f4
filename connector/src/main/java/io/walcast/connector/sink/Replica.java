package io.walcast.connector.sink;

import io.walcast.checkpoint.FoldRefusedException;
import io.walcast.checkpoint.ReplicaDivergedException;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One namespace in the sink: takes its frames, decides by {@link ReplicaRules} what is applied, and
 * hands whole segments to its log, from which the checkpointer folds them into the database.
 *
 * <p>{@link ReplicaState} has the table of transitions. In any state an error that is not in the
 * frames suspends the replica, see {@link Suspension}; it is NEW after that, and what was not in
 * the database is read again. A segment of which a part is in the log when something else arrives
 * was cut off by a restart of its source: it is rolled back. A quarantine and a divergence outlive
 * the task, see {@link QuarantineMark}.
 *
 * <p>Used by the task's thread only, but for {@link #status()}.
 */
final class Replica {

  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

  private final Namespace namespace;
  private final ReplicaLog log;
  private final LogKeeper keeper;
  private final SnapshotStaging staging;
  private final SegmentGate gate;
  private final FoldProgress folds;
  private final PartitionProgress progress;
  private final boolean deleteEnabled;
  private final Set<TopicPartition> partitions = new HashSet<>();
  private final ReplicaBoard board;
  private final Suspension suspension;

  private ReplicaState state = ReplicaState.NEW;
  private String reason = "";
  private LogPosition have;
  private IncomingSegment incoming;
  private PartitionProgress.Hold incomingHold;

  Replica(
      Namespace namespace,
      ReplicaLog log,
      FoldProgress folds,
      PartitionProgress progress,
      boolean deleteEnabled) {
    this.namespace = namespace;
    this.log = log;
    this.keeper = new LogKeeper(namespace, log, folds);
    this.staging = log.staging();
    this.gate = new SegmentGate(namespace, staging);
    this.folds = folds;
    this.progress = progress;
    this.deleteEnabled = deleteEnabled;
    this.suspension = new Suspension(progress, System::nanoTime);
    this.board = new ReplicaBoard(namespace, folds);
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
      open();
      if (value == null) {
        delete(origin);
      } else if (value instanceof byte[] bytes) {
        take(origin, FrameRecord.decode(bytes));
      } else {
        throw new InvalidFrameException(
            "the value is " + value.getClass().getName() + ", not bytes: set value.converter");
      }
    } catch (InvalidFrameException | RefusedPathException e) {
      quarantine(origin, e.getMessage());
      return Optional.of(e);
    } catch (ReplicaDivergedException e) {
      diverged(e);
    } catch (IOException e) {
      fail(List.of(progress.hold(origin.partition(), origin.offset())), e);
    } catch (RuntimeException e) { // ours to mend, but the others must go on
      LOG.error("Replica {}: failed at {}", namespace, origin, e);
      quarantine(origin, e.toString());
      return Optional.of(e);
    }
    return Optional.empty();
  }

  private void open() throws IOException {
    if (state == ReplicaState.NEW) {
      have = keeper.open();
      if (have == null) {
        state = ReplicaState.WAITING_FOR_SNAPSHOT;
        reason = "";
      } else {
        QuarantineMark.Mark mark =
            log.quarantine().at(have).orElse(new QuarantineMark.Mark(ReplicaState.FOLLOWING, ""));
        state = mark.state();
        reason = mark.reason();
      }
      LOG.info("Replica {}: opened at {}", namespace, have == null ? "nothing" : have);
      publish();
    }
  }

  private void take(RecordOrigin origin, FrameRecord frame) throws IOException {
    if (incoming != null) {
      switch (incoming.fit(origin.partition(), frame)) {
        case NEXT -> {}
        case REPEATED -> {
          return;
        }
        case BEGINNING -> {
          if (gate.isStray(have, needsSnapshot(), incoming, origin, frame)) {
            return;
          }
          cutOff(origin);
        }
      }
    }
    if (incoming == null) {
      begin(origin, frame);
    }
    if (incoming == null) {
      return; // suspended
    }
    incoming.take(frame);
    if (incoming.isStaged()) {
      staging.insert(frame);
    } else if (incoming.isApplied()) {
      insert(frame);
    }
    if (frame.last()) {
      end(origin, frame);
    }
  }

  private void insert(FrameRecord frame) throws IOException {
    log.insert(frame);
    if (frame.kind().goesOn()) {
      staging.noteOfLast(frame);
    }
  }

  private void cutOff(RecordOrigin origin) throws IOException {
    if (incoming.isApplied()) {
      LOG.info("Replica {}: {} was cut off before {}", namespace, incoming.id(), origin);
    }
    dropIncoming();
  }

  private void begin(RecordOrigin origin, FrameRecord frame) throws IOException {
    SegmentId id = SegmentId.of(origin.partition(), frame);
    Verdict verdict = gate.decide(have, needsSnapshot(), id, frame);
    if (verdict.action() == Verdict.Action.APPLY_IN_NEW_EPOCH && !folds.isDrained()) {
      // Closing the log now would give up what is on its way, in an epoch that is no longer taken.
      suspension.suspend(
          "folding what is left of epoch " + Integer.toUnsignedString(have.epoch()),
          List.of(progress.hold(origin.partition(), origin.offset())));
      publish();
      return;
    }
    IncomingSegment segment = new IncomingSegment(id, frame, verdict.action());
    if (segment.isApplied()) {
      incomingHold = progress.hold(origin.partition(), origin.offset());
    }
    switch (verdict.action()) {
      case APPLY, SKIP -> {}
      case STAGE -> stage(id);
      case APPLY_IN_NEW_EPOCH -> keeper.enterEpoch(id.epoch(), have);
      case START_LOG -> startLog(id);
      case REFUSE -> gate.refuse(origin, id, verdict.reason());
      case WAIT -> waitForSnapshot(origin, verdict.reason());
      case QUARANTINE -> {
        incoming = segment;
        throw new InvalidFrameException(verdict.reason());
      }
    }
    if (segment.isApplied() && !segment.isStaged()) {
      if (!id.kind().goesOn()) {
        staging.discard();
      }
      log.begin(id);
    }
    incoming = segment;
  }

  private boolean needsSnapshot() {
    return state != ReplicaState.FOLLOWING;
  }

  private void stage(SegmentId part) throws IOException {
    PartitionProgress.Hold from = incomingHold;
    incomingHold = null;
    staging.begin(part, from);
  }

  private void startLog(SegmentId snapshot) throws IOException {
    boolean last = snapshot.kind().goesOn();
    if (last) {
      stage(snapshot);
    }
    have = keeper.start(snapshot, last ? staging.pages() : null);
    if (state == ReplicaState.FOLLOWING) {
      state = ReplicaState.WAITING_FOR_SNAPSHOT;
      reason = snapshot + " is not whole yet";
      publish();
    }
  }

  private void end(RecordOrigin origin, FrameRecord frame) throws IOException {
    IncomingSegment segment = incoming;
    SegmentId id = segment.id();
    if (segment.isStaged()) {
      staging.end();
    } else if (segment.isApplied()) {
      if (id.kind().goesOn()) {
        incomingHold = staging.finish(frame.sizeAfter());
      }
      log.commit(frame.sizeAfter(), frame.databaseChecksum());
      have =
          new LogPosition(
              id.logId(), id.epoch(), id.endFrameNo(), frame.sizeAfter(), id.pageSize());
      long bytes = segment.frames() * id.pageSize();
      folds.injected(
          new InjectedSegment(
              id.logId(), id.epoch(), id.endFrameNo(), bytes, origin.timestampMs(), incomingHold));
      incomingHold = null;
      if (state != ReplicaState.FOLLOWING) {
        LOG.info("Replica {}: goes on from {}", namespace, id);
        state = ReplicaState.FOLLOWING;
        reason = "";
      }
    } else if (segment.isKnown()) {
      gate.skipped();
    }
    incoming = null;
    publish();
  }

  private void waitForSnapshot(RecordOrigin origin, String why) {
    if (state == ReplicaState.FOLLOWING || reason.isEmpty()) {
      LOG.error("Replica {}: waits for a snapshot since {}: {}", namespace, origin, why);
      state = ReplicaState.WAITING_FOR_SNAPSHOT;
      reason = origin + ": " + why;
      publish();
    }
  }

  private void quarantine(RecordOrigin origin, String problem) {
    String where = incoming == null ? "" : ", in " + incoming.id();
    if (state == ReplicaState.QUARANTINED) {
      LOG.debug("Replica {}: still bad at {}{}: {}", namespace, origin, where, problem);
    } else {
      LOG.error("Replica {}: quarantined at {}{}: {}", namespace, origin, where, problem);
    }
    String why = origin + where + ": " + problem;
    try {
      log.rollback();
      if (state == ReplicaState.FOLLOWING) {
        log.quarantine().set(have, ReplicaState.QUARANTINED, why);
      }
    } catch (IOException e) {
      fail(List.of(progress.hold(origin.partition(), origin.offset())), e);
      return;
    }
    releaseIncoming();
    staging.discard();
    if (incoming != null) {
      incoming.giveUp();
    }
    state = ReplicaState.QUARANTINED;
    reason = why;
    publish();
  }

  private void diverged(IOException problem) {
    LOG.error("Replica {}: diverged, needs a snapshot: {}", namespace, problem.getMessage());
    incoming = null;
    keeper.closeDiverged(have, problem.getMessage());
    releaseIncoming();
    keeper.forget();
    state = ReplicaState.DIVERGED;
    reason = problem.getMessage();
    publish();
  }

  /**
   * Stops after an error that is not in the frames. The log is closed, and what is not safely in
   * the database is given up: it will be read again, and the database says where to go on.
   */
  private void fail(List<PartitionProgress.Hold> needed, IOException problem) {
    List<PartitionProgress.Hold> again = new ArrayList<>(needed);
    if (incomingHold != null) {
      again.add(incomingHold);
      incomingHold = null;
    }
    again.addAll(keeper.abandon());
    incoming = null;
    keeper.closeQuietly();
    staging.abandon().ifPresent(again::add);
    state = ReplicaState.NEW;
    suspension.suspend(problem.toString(), again);
    LOG.warn("Replica {}: stopped, will be tried again", namespace, problem);
    publish();
  }

  /** Takes what is in the log of the incoming segment out again, and lets its records go. */
  private void dropIncoming() throws IOException {
    incoming = null;
    log.rollback();
    releaseIncoming();
  }

  private void releaseIncoming() {
    if (incomingHold != null) {
      incomingHold.release();
      incomingHold = null;
    }
  }

  private void delete(RecordOrigin origin) throws IOException {
    if (!deleteEnabled) {
      gate.keep(origin);
      return;
    }
    dropIncoming();
    staging.discard();
    if (!log.isOpen()) {
      LOG.warn("Replica {}: {} deletes it, but there is none of ours", namespace, origin);
      return;
    }
    log.delete();
    keeper.forget();
    have = null;
    folds.start(null);
    state = ReplicaState.WAITING_FOR_SNAPSHOT;
    reason = "deleted by " + origin;
    LOG.info("Replica {}: deleted by {}", namespace, origin);
    publish();
  }

  /** Takes note of what the checkpointer did since the last call. */
  void settle() {
    if (keeper.collectFolded()) {
      suspension.succeeded();
    }
    IOException failure = folds.failure();
    if (failure instanceof ReplicaDivergedException || failure instanceof FoldRefusedException) {
      diverged(failure);
    } else if (folds.isStuck()) {
      fail(List.of(), failure); // which leaves the buffer to the other namespaces
    }
  }

  /** Makes what was folded durable, after which its records may be committed. */
  void force() throws IOException {
    keeper.force();
  }

  /** Ends a suspension when it is time; says what to read again. */
  List<PartitionProgress.Hold> retry() {
    if (!suspension.isDue()) {
      return List.of();
    }
    List<PartitionProgress.Hold> from = suspension.resume();
    publish();
    return from;
  }

  /** The consumer reads again from where {@link #retry} said. */
  void rewound() {
    suspension.rewound();
  }

  /** Closes everything; what is not folded is read again by whoever opens it next. */
  void close() {
    incoming = null;
    keeper.finish();
    staging.discard();
  }

  /** Whether a record of the partition was seen. */
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

  /** Bytes that count against the buffer: none of a replica that takes no more. */
  long bufferedBytes() {
    return suspension.isActive() ? 0 : folds.unfoldedBytes();
  }

  /** The state of things; any thread may ask. */
  ReplicaStatus status() {
    return board.status();
  }

  private void publish() {
    boolean suspended = suspension.isActive();
    board.publish(
        suspended ? ReplicaStatus.RETRYING : state.name(),
        suspended ? suspension.reason() : reason,
        have,
        gate.skippedSegments());
  }
}

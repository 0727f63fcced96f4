package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the frames of one replica as they arrive, decides by {@link ReplicaRules} what is applied,
 * and hands whole segments to the log. A segment of which a part is in the log when something else
 * arrives was cut off by a restart of its source: it is rolled back.
 *
 * <p>Used by the task's thread only.
 */
final class SegmentIntake {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentIntake.class);

  /** Who decides what to do when a segment cannot be taken as it comes. */
  interface Owner {

    /** What is on its way must be folded before this record is taken: it has to come again. */
    void foldFirst(RecordOrigin origin);

    /**
     * Something is missing before this record.
     *
     * @return whether it comes again when something was done about that; if not, it is left out
     */
    boolean lacks(RecordOrigin origin, String why);
  }

  private final Namespace namespace;
  private final ReplicaLog log;
  private final LogKeeper keeper;
  private final SnapshotStaging staging;
  private final SegmentGate gate;
  private final FoldProgress folds;
  private final PartitionProgress progress;
  private final Standing standing;
  private final Owner owner;
  private IncomingSegment incoming; // null: none
  private PartitionProgress.Hold hold; // on the first record of the incoming segment

  SegmentIntake(
      Namespace namespace,
      ReplicaLog log,
      LogKeeper keeper,
      SnapshotStaging staging,
      SegmentGate gate,
      FoldProgress folds,
      PartitionProgress progress,
      Standing standing,
      Owner owner) {
    this.namespace = namespace;
    this.log = log;
    this.keeper = keeper;
    this.staging = staging;
    this.gate = gate;
    this.folds = folds;
    this.progress = progress;
    this.standing = standing;
    this.owner = owner;
  }

  /**
   * Takes the next frame.
   *
   * @throws InvalidFrameException if it cannot be
   */
  void take(RecordOrigin origin, FrameRecord frame) throws IOException {
    if (incoming != null) {
      switch (incoming.fit(origin, frame)) {
        case NEXT -> {}
        case REPEATED -> {
          return;
        }
        case BEGINNING -> {
          if (gate.isStray(standing.have(), standing.needsSnapshot(), incoming, origin, frame)) {
            return;
          }
          if (incoming.isApplied()) {
            LOG.info("Replica {}: {} was cut off before {}", namespace, incoming.id(), origin);
          }
          drop();
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
      log.insert(frame);
      if (frame.kind().goesOn()) {
        staging.noteOfLast(frame);
      }
    }
    if (frame.last()) {
      end(origin, frame);
    }
  }

  private void begin(RecordOrigin origin, FrameRecord frame) throws IOException {
    SegmentId id = SegmentId.of(origin.partition(), frame);
    LogPosition have = standing.have();
    Verdict verdict = gate.decide(have, standing.needsSnapshot(), id, frame);
    if (verdict.action() == Verdict.Action.APPLY_IN_NEW_EPOCH && !folds.isDrained()) {
      // Closing the log now would give up what is on its way, in an epoch that is no longer taken.
      owner.foldFirst(origin);
      return;
    }
    if (verdict.action() == Verdict.Action.WAIT && owner.lacks(origin, verdict.reason())) {
      return;
    }
    IncomingSegment segment = new IncomingSegment(id, origin, frame, verdict.action());
    if (segment.isApplied() || segment.isKnown()) {
      hold = progress.hold(origin.partition(), origin.offset());
    }
    switch (verdict.action()) {
      case APPLY, SKIP, WAIT -> {}
      case STAGE -> stage(id);
      case APPLY_IN_NEW_EPOCH -> keeper.enterEpoch(id.epoch(), have);
      case START_LOG -> startLog(id);
      case REFUSE -> gate.refuse(origin, id, verdict.reason());
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

  private void stage(SegmentId part) throws IOException {
    PartitionProgress.Hold from = hold;
    hold = null;
    staging.begin(part, from);
  }

  private void startLog(SegmentId snapshot) throws IOException {
    boolean last = snapshot.kind().goesOn();
    if (last) {
      stage(snapshot);
    }
    standing.has(keeper.start(snapshot, last ? staging.pages() : null));
    if (standing.is(ReplicaState.FOLLOWING)) {
      standing.set(ReplicaState.WAITING_FOR_SNAPSHOT, snapshot + " is not whole yet");
      standing.publish();
    }
  }

  private void end(RecordOrigin origin, FrameRecord frame) throws IOException {
    IncomingSegment segment = incoming;
    SegmentId id = segment.id();
    if (segment.isStaged()) {
      staging.end();
    } else if (segment.isApplied()) {
      if (id.kind().goesOn()) {
        hold = staging.finish(frame.sizeAfter());
      }
      PartitionProgress.Hold first = hold;
      long bytes = segment.frames() * id.pageSize();
      commit(id, frame.sizeAfter(), frame.databaseChecksum(), bytes, origin, first);
      hold = null;
    } else if (segment.isKnown()) {
      gate.skipped();
      keeper.hasAlready(hold);
      hold = null;
    }
    incoming = null;
    standing.publish();
  }

  /**
   * Ends what was begun in the log, which goes on its way into the database.
   *
   * @param last its last record
   * @param from keeps its first record from being committed until then
   */
  void commit(
      SegmentId id,
      int sizeAfter,
      long checksum,
      long bytes,
      RecordOrigin last,
      PartitionProgress.Hold from)
      throws IOException {
    LogPosition have = standing.have();
    if (gate.mayDelete() && (have == null || !have.logId().equals(id.logId()))) {
      log.origin().set(id.logId(), last); // before there is anything that could be deleted wrongly
    }
    log.commit(sizeAfter, checksum);
    standing.has(
        new LogPosition(id.logId(), id.epoch(), id.endFrameNo(), sizeAfter, id.pageSize()));
    folds.injected(
        new InjectedSegment(
            id.logId(), id.epoch(), id.endFrameNo(), bytes, last.timestampMs(), from));
    if (!standing.is(ReplicaState.FOLLOWING)) {
      LOG.info("Replica {}: goes on from {}", namespace, id);
      standing.set(ReplicaState.FOLLOWING, "");
    }
  }

  /** The segment that is arriving; empty if none is. */
  Optional<SegmentId> incoming() {
    return Optional.ofNullable(incoming).map(IncomingSegment::id);
  }

  /** Takes what is in the log of the incoming segment out again, and lets its records go. */
  void drop() throws IOException {
    incoming = null;
    log.rollback();
    release();
  }

  /** Takes no more of the incoming segment, which cannot be applied; the log is rolled back. */
  void giveUp() {
    release();
    staging.discard();
    if (incoming != null) {
      incoming.giveUp();
    }
  }

  /** Forgets the incoming segment; the log is closed. */
  void forget() {
    incoming = null;
    release();
  }

  /** Forgets the incoming segment; says what to read again to get it back. */
  Optional<PartitionProgress.Hold> abandon() {
    incoming = null;
    Optional<PartitionProgress.Hold> from = Optional.ofNullable(hold);
    hold = null;
    return from;
  }

  private void release() {
    if (hold != null) {
      hold.release();
      hold = null;
    }
  }
}

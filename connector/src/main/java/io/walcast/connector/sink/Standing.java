package io.walcast.connector.sink;

import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a replica stands: its state, why, and what it has taken. Used by the task's thread only,
 * but for {@link #status()}.
 */
final class Standing {

  private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

  private final Namespace namespace;
  private final ReplicaBoard board;
  private final SegmentGate gate;
  private final Suspension suspension;
  private ReplicaState state = ReplicaState.NEW;
  private String reason = "";
  private LogPosition have;

  Standing(Namespace namespace, FoldProgress folds, SegmentGate gate, Suspension suspension) {
    this.namespace = namespace;
    this.board = new ReplicaBoard(namespace, folds);
    this.gate = gate;
    this.suspension = suspension;
  }

  ReplicaState state() {
    return state;
  }

  boolean is(ReplicaState asked) {
    return state == asked;
  }

  /** Why it is in its state; empty if there is nothing to say. */
  String reason() {
    return reason;
  }

  /** What it has, or {@code null} for nothing. */
  LogPosition have() {
    return have;
  }

  /** Whether only a snapshot can be applied. */
  boolean needsSnapshot() {
    return state != ReplicaState.FOLLOWING;
  }

  void set(ReplicaState next, String why) {
    state = next;
    reason = why;
  }

  void has(LogPosition position) {
    have = position;
  }

  /** Opens the log and takes over how the database is, if that was not done. */
  void open(LogKeeper keeper, ReplicaLog log) throws IOException {
    if (state != ReplicaState.NEW) {
      return;
    }
    have = keeper.open();
    if (have == null) {
      set(ReplicaState.WAITING_FOR_SNAPSHOT, "");
    } else {
      QuarantineMark.Mark mark =
          log.quarantine().at(have).orElse(new QuarantineMark.Mark(ReplicaState.FOLLOWING, ""));
      set(mark.state(), mark.reason());
    }
    LOG.info("Replica {}: opened at {}", namespace, have == null ? "nothing" : have);
    publish();
  }

  /** Lets other threads see it. */
  void publish() {
    boolean suspended = suspension.isActive();
    board.publish(
        suspended ? suspension.state() : state.name(),
        suspended ? suspension.reason() : reason,
        have,
        gate.skippedSegments());
  }

  /** The state of things; any thread may ask. */
  ReplicaStatus status() {
    return board.status();
  }
}

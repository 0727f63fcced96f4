package io.walcast.connector.sink;

import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;

/**
 * Where a replica writes down, for other threads, how it is. Written by the task's thread, read by
 * any.
 */
final class ReplicaBoard {

  private final Namespace namespace;
  private final FoldProgress folds;
  private volatile Seen seen = new Seen(ReplicaState.NEW.name(), "", 0, 0, 0);

  private record Seen(String state, String reason, long frameNo, int epoch, long skippedSegments) {}

  ReplicaBoard(Namespace namespace, FoldProgress folds) {
    this.namespace = namespace;
    this.folds = folds;
  }

  /** Writes down a change of state. */
  void publish(String state, String reason, LogPosition have, long skippedSegments) {
    seen =
        new Seen(
            state,
            reason,
            have == null ? 0 : have.frameNo(),
            have == null ? 0 : have.epoch(),
            skippedSegments);
  }

  /** The state of things. */
  ReplicaStatus status() {
    Seen now = seen;
    LogPosition applied = folds.applied();
    return new ReplicaStatus(
        namespace.name(),
        now.state(),
        now.reason(),
        now.frameNo(),
        applied == null ? 0 : applied.frameNo(),
        folds.appliedSegments(),
        now.skippedSegments(),
        folds.lastSealedAtMs(),
        Integer.toUnsignedLong(now.epoch()),
        folds.unfoldedBytes());
  }
}

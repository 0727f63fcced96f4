package io.walcast.connector.sink;

/** What a replica does with frames; {@link Replica} has the table of transitions. */
enum ReplicaState {
  /** Not opened yet. */
  NEW,
  /** Applies segments in order. */
  FOLLOWING,
  /** Only a snapshot can be applied: nothing to continue from, or a gap. */
  WAITING_FOR_SNAPSHOT,
  /** A frame was damaged or impossible; only a snapshot heals it. */
  QUARANTINED
}

package io.walcast.connector.sink;

/**
 * What a replica does with frames.
 *
 * <pre>
 *   state                event                                          next state
 *   NEW                  first record, the database has a position      FOLLOWING
 *   NEW                  first record, no database                      WAITING_FOR_SNAPSHOT
 *   FOLLOWING            a gap, or another log, and no snapshot         WAITING_FOR_SNAPSHOT
 *   FOLLOWING            a snapshot starts its log anew                 WAITING_FOR_SNAPSHOT
 *   any                  the database is not what was applied to it,    DIVERGED
 *                        or would not have its source's checksum
 *   any                  deletion, where enabled                        WAITING_FOR_SNAPSHOT
 *   any                  a damaged, impossible or misplaced frame       QUARANTINED
 *   WAITING, QUARANTINED,
 *   DIVERGED             a snapshot is whole                            FOLLOWING
 * </pre>
 */
enum ReplicaState {
  /** Not opened yet. */
  NEW,
  /** Applies segments in order. */
  FOLLOWING,
  /** Only a snapshot can be applied: nothing to continue from, or a gap. */
  WAITING_FOR_SNAPSHOT,
  /** It is not what its source has, or will not be; only a snapshot heals it. */
  DIVERGED,
  /** A frame was damaged or impossible; only a snapshot heals it. */
  QUARANTINED
}

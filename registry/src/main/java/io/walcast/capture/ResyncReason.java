package io.walcast.capture;

/** Why a database was compared anew, or copied whole: what could not be proven. */
public enum ResyncReason {
  /** The namespace has no log yet. */
  FIRST_SNAPSHOT,
  /** The database was closed by its last user, and may have been used since by another. */
  CLOSED_UNSEEN,
  /** While the capture was not looking the database, or its WAL, went on without it. */
  CHANGED_WHILE_AWAY,
  /** The WAL was reset more than once between two looks. */
  RESETS_UNSEEN,
  /** The wal-index counts other commits than the WAL holds. */
  COMMITS_MISCOUNTED,
  /** The WAL is shorter than what was captured of it. */
  WAL_WENT_BACK,
  /** A frame is not the one that follows the last captured one. */
  WAL_DAMAGED,
  /** Another file is at the path of the database. */
  DATABASE_REPLACED,
  /** The log does not end where the position says. */
  LOG_DIFFERS,
  /** What Kafka did not take grew beyond its limit, and was dropped. */
  SEGMENTS_DROPPED,
  /** More was published than the state directory knows of: it is an older copy. */
  STATE_OUTDATED,
  /** A snapshot was asked for. */
  REQUESTED
}

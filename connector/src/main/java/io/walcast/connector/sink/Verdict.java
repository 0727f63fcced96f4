package io.walcast.connector.sink;

/**
 * What is done with a segment, decided at its first frame.
 *
 * @param action what is done
 * @param reason why, for messages; empty when it is applied or was there before
 */
record Verdict(Action action, String reason) {

  /** What is done with a segment. */
  enum Action {
    /** It continues what the replica has. */
    APPLY,
    /** It continues what the replica has, in a higher epoch. */
    APPLY_IN_NEW_EPOCH,
    /** A snapshot with which the log of the replica starts anew. */
    START_LOG,
    /** A part of a snapshot, of which others follow. */
    STAGE,
    /** The replica has it. */
    SKIP,
    /** It comes from a capturer that has been superseded, or that never was in charge. */
    REFUSE,
    /** A snapshot is needed first. */
    WAIT,
    /** It cannot be. */
    QUARANTINE;

    /** Whether the frames of the segment are taken. */
    boolean isApplied() {
      return switch (this) {
        case APPLY, APPLY_IN_NEW_EPOCH, START_LOG, STAGE -> true;
        case SKIP, REFUSE, WAIT, QUARANTINE -> false;
      };
    }
  }

  static Verdict of(Action action) {
    return new Verdict(action, "");
  }
}

package io.walcast.connector.sink;

import static io.walcast.connector.sink.Verdict.Action.APPLY;
import static io.walcast.connector.sink.Verdict.Action.APPLY_IN_NEW_EPOCH;
import static io.walcast.connector.sink.Verdict.Action.QUARANTINE;
import static io.walcast.connector.sink.Verdict.Action.REFUSE;
import static io.walcast.connector.sink.Verdict.Action.SKIP;
import static io.walcast.connector.sink.Verdict.Action.START_LOG;
import static io.walcast.connector.sink.Verdict.Action.WAIT;

import io.walcast.segment.LogPosition;

/**
 * The rules of the replica: what to do with a segment, given what the replica has. The first line
 * that fits decides.
 *
 * <pre>
 *   the replica has     the segment                              verdict
 *   nothing             is a snapshot                            START_LOG
 *   nothing             is none                                  WAIT
 *   any                 ends in what it has, of this log
 *                       and no higher epoch                      SKIP
 *   any                 is of a lower epoch                      REFUSE
 *   any                 is of another log and no higher epoch    REFUSE
 *   any                 is of another log, and a snapshot        START_LOG
 *   any                 is of another log, and none              WAIT
 *   any                 has another page size in the same log    QUARANTINE
 *   any                 is of a higher epoch, starts in what it
 *                       has, and is a snapshot                   START_LOG
 *   any                 the same, and is none                    WAIT
 *   needs a snapshot    is a snapshot                            START_LOG
 *   needs a snapshot    is none                                  WAIT
 *   any                 starts above the next frame, a snapshot  START_LOG
 *   any                 starts above the next frame, is none     WAIT (a gap)
 *   any                 is of a higher epoch                     APPLY_IN_NEW_EPOCH
 *   any                 is anything else                         APPLY
 * </pre>
 *
 * <p>A lower epoch is refused and no reason to quarantine: a capturer that was superseded and does
 * not know it yet must not take a good replica out of service. A higher one that takes frame
 * numbers again comes from a source that was restored from a backup: under the same numbers it has
 * other pages. Stateless.
 */
final class ReplicaRules {

  private ReplicaRules() {}

  /**
   * Decides.
   *
   * @param have what the replica has, or {@code null} for nothing
   * @param needsSnapshot whether what it has cannot be continued
   * @param segment the segment whose first frame arrived
   */
  static Verdict decide(LogPosition have, boolean needsSnapshot, SegmentId segment) {
    if (have == null) {
      return segment.snapshot() ? Verdict.of(START_LOG) : wait("no replica yet", segment);
    }
    boolean sameLog = have.logId().equals(segment.logId());
    int epochs = Integer.compareUnsigned(segment.epoch(), have.epoch());
    if (sameLog && epochs <= 0 && segment.endFrameNo() <= have.frameNo()) {
      return Verdict.of(SKIP);
    }
    if (epochs < 0 || (!sameLog && epochs == 0)) {
      return new Verdict(
          REFUSE,
          "have log "
              + have.logId()
              + " epoch "
              + Integer.toUnsignedString(have.epoch())
              + ", got "
              + segment);
    }
    if (!sameLog) {
      return segment.snapshot()
          ? Verdict.of(START_LOG)
          : wait("have frame " + have.frameNo() + " of log " + have.logId(), segment);
    }
    if (have.pageSize() != segment.pageSize()) {
      return new Verdict(
          QUARANTINE, "page size " + segment.pageSize() + ", the replica has " + have.pageSize());
    }
    boolean gap = segment.startFrameNo() - 1 > have.frameNo();
    boolean again = epochs > 0 && segment.startFrameNo() <= have.frameNo();
    if (needsSnapshot || gap || again) {
      return segment.snapshot()
          ? Verdict.of(START_LOG)
          : wait("have frame " + have.frameNo(), segment);
    }
    return Verdict.of(epochs > 0 ? APPLY_IN_NEW_EPOCH : APPLY);
  }

  private static Verdict wait(String have, SegmentId segment) {
    return new Verdict(WAIT, have + ", got " + segment);
  }
}

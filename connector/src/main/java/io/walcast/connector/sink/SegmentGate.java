package io.walcast.connector.sink;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides at the first frame that comes of a segment what becomes of it: by {@link ReplicaRules},
 * and whether it is the beginning of the segment: a consumer may start anywhere, and two sources
 * may publish at a time. Used by the task's thread only.
 */
final class SegmentGate {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentGate.class);

  private final Namespace namespace;
  private final SnapshotStaging staging;
  private final boolean deleteEnabled;
  private SegmentId refused;
  private long skippedSegments;
  private boolean kept;

  SegmentGate(Namespace namespace, SnapshotStaging staging, boolean deleteEnabled) {
    this.namespace = namespace;
    this.staging = staging;
    this.deleteEnabled = deleteEnabled;
  }

  /** Decides, given what the replica has and whether it needs a snapshot. */
  Verdict decide(LogPosition have, boolean needsSnapshot, SegmentId id, FrameRecord frame) {
    if (id.endFrameNo() == Long.MAX_VALUE) {
      return new Verdict(Verdict.Action.QUARANTINE, "no frame number can follow " + id);
    }
    Verdict verdict = ReplicaRules.decide(have, needsSnapshot, id);
    if (!verdict.action().isApplied()) {
      return verdict;
    }
    if (staging.has(id)) {
      return Verdict.of(Verdict.Action.SKIP);
    }
    if (!frame.place().first()) {
      return new Verdict(Verdict.Action.WAIT, "the beginning of " + id + " did not come");
    }
    return part(verdict, id);
  }

  /** A snapshot in parts leaves the replica as it is until the last one has come. */
  private Verdict part(Verdict whole, SegmentId id) {
    return switch (id.kind()) {
      case CHANGES, SNAPSHOT -> whole;
      case FIRST_PART -> Verdict.of(Verdict.Action.STAGE);
      case PART, LAST_PART -> {
        if (!staging.isFollowedBy(id)) {
          yield new Verdict(Verdict.Action.WAIT, "parts before the " + id + " did not come");
        }
        boolean last = id.kind() == SegmentKind.LAST_PART;
        yield Verdict.of(last ? Verdict.Action.START_LOG : Verdict.Action.STAGE);
      }
    };
  }

  /**
   * Whether a frame of another segment has nothing to say, so that the one that is arriving goes
   * on: a capturer that was superseded, or sends again what the replica has, may publish at the
   * same time as the one in charge.
   */
  boolean isStray(
      LogPosition have,
      boolean needsSnapshot,
      IncomingSegment incoming,
      RecordOrigin origin,
      FrameRecord frame) {
    SegmentId id = SegmentId.of(origin.partition(), frame);
    if (!incoming.isApplied() || incoming.id().equals(id)) {
      return false;
    }
    Verdict verdict = ReplicaRules.decide(have, needsSnapshot, id);
    if (verdict.action() == Verdict.Action.SKIP || staging.has(id)) {
      if (frame.last()) {
        skipped();
      }
      return true;
    }
    boolean superseded = Integer.compareUnsigned(id.epoch(), incoming.id().epoch()) < 0;
    if (superseded || verdict.action() == Verdict.Action.REFUSE) {
      refuse(origin, id, incoming.id() + " is arriving, got " + id);
      return true;
    }
    return false;
  }

  /** Says so once for each log and epoch. */
  void refuse(RecordOrigin origin, SegmentId id, String why) {
    if (refused == null || !refused.logId().equals(id.logId()) || refused.epoch() != id.epoch()) {
      LOG.warn("Replica {}: refused at {}: {}", namespace, origin, why);
    }
    refused = id;
  }

  /**
   * Whether a replica is kept that a record deletes. Says so once: whoever sends one can send a
   * million.
   */
  boolean keeps(RecordOrigin origin) {
    if (!deleteEnabled && !kept) {
      kept = true;
      LOG.warn(
          "Replica {}: kept although {} deletes it, {} is false",
          namespace,
          origin,
          WalSinkConfig.DELETE_ENABLED);
    }
    return !deleteEnabled;
  }

  /** Whether a record may delete the replica. */
  boolean mayDelete() {
    return deleteEnabled;
  }

  /** A segment ended that the replica has. */
  void skipped() {
    skippedSegments++;
  }

  long skippedSegments() {
    return skippedSegments;
  }
}

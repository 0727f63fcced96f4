package io.walcast.connector.sink;

import io.walcast.checkpoint.StagedPages;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.connector.wire.SegmentKind;
import java.io.IOException;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot that arrives in parts, until the last one makes it a database. The parts follow each
 * other in one epoch of one log and on one partition. Their records stay uncommitted until the end:
 * what has arrived is not worth anything before, and a later task reads it again.
 *
 * <p>Used by the task's thread only.
 */
final class SnapshotStaging {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotStaging.class);

  private final ReplicaFiles files;
  private StagedPages pages; // null: none is arriving
  private SegmentId first;
  private SegmentId newest; // that is whole; null: none
  private SegmentId incoming; // or cut off; null: none
  private RoaringBitmap lastPart;
  private PartitionProgress.Hold hold;

  SnapshotStaging(ReplicaFiles files) {
    this.files = files;
  }

  /** Whether a segment is a part that has arrived already. */
  boolean has(SegmentId id) {
    return newest != null
        && isOfTheSame(id)
        && id.startFrameNo() >= first.startFrameNo()
        && id.endFrameNo() <= newest.endFrameNo();
  }

  /** Whether a segment is the next part. One that was cut off may only be followed by itself. */
  boolean isFollowedBy(SegmentId id) {
    return newest != null
        && isOfTheSame(id)
        && id.kind().goesOn()
        && id.startFrameNo() == newest.endFrameNo() + 1
        && (incoming == null || incoming.equals(id));
  }

  private boolean isOfTheSame(SegmentId id) {
    return id.kind() != SegmentKind.CHANGES
        && id.kind() != SegmentKind.SNAPSHOT
        && id.logId().equals(first.logId())
        && id.epoch() == first.epoch()
        && id.pageSize() == first.pageSize()
        && id.partition().equals(first.partition());
  }

  /**
   * Begins to take a part; the first discards whatever is there.
   *
   * @param from keeps the first record of the part from being committed; taken over
   */
  void begin(SegmentId id, PartitionProgress.Hold from) throws IOException {
    if (id.kind() == SegmentKind.FIRST_PART) {
      discard();
      hold = from;
      first = id;
      pages = files.stage(id);
    } else {
      from.release(); // that of the first part covers it
    }
    incoming = id;
    lastPart = new RoaringBitmap();
  }

  /** Takes a page of a part that is not the last one. */
  void insert(FrameRecord frame) throws IOException {
    pages.put(frame.pageNo(), frame.page());
  }

  /** Takes note of a page of the last part. */
  void noteOfLast(FrameRecord frame) {
    lastPart.add(frame.pageNo());
  }

  /** A part is whole. */
  void end() throws IOException {
    pages.flush();
    newest = incoming;
    incoming = null;
  }

  /** The pages under those of the last part, which has begun. */
  StagedPages pages() {
    return pages;
  }

  /**
   * The last part is whole: hands over what it takes to have it applied.
   *
   * @return the hold of the first part
   * @throws InvalidFrameException if the parts lack a page
   */
  PartitionProgress.Hold finish(int sizePages) throws IOException {
    int missing = pages.firstMissing(sizePages, lastPart);
    if (missing != 0) {
      throw new InvalidFrameException("with the parts before, it lacks page " + missing);
    }
    PartitionProgress.Hold from = hold;
    pages = null; // whoever folds it deletes it
    hold = null;
    forget();
    return from;
  }

  /** Discards what has arrived, for good. */
  void discard() {
    abandon().ifPresent(PartitionProgress.Hold::release);
  }

  /** Discards what has arrived; returns the hold that says what to read again to get it back. */
  Optional<PartitionProgress.Hold> abandon() {
    if (pages != null) {
      try {
        pages.close();
      } catch (IOException e) {
        LOG.warn("Parts of {} are left behind until the replica is opened again", first, e);
      }
      pages = null;
    }
    Optional<PartitionProgress.Hold> from = Optional.ofNullable(hold);
    hold = null;
    forget();
    return from;
  }

  private void forget() {
    first = null;
    newest = null;
    incoming = null;
    lastPart = null;
  }
}

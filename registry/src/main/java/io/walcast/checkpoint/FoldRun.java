package io.walcast.checkpoint;

import io.walcast.segment.FoldableSegment;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Consecutive segments of one log, and the rules by which they may be folded into a replica. */
final class FoldRun {

  private final List<? extends FoldableSegment> segments;
  private final FoldableSegment last;
  private final StagedPages base; // null: none

  private FoldRun(List<? extends FoldableSegment> segments, StagedPages base) {
    this.segments = segments;
    this.base = base;
    this.last = segments.get(segments.size() - 1);
  }

  /** Checks that the segments belong together and follow one another. */
  static FoldRun of(List<? extends FoldableSegment> segments) throws FoldRefusedException {
    return over(null, segments);
  }

  /** The same, with pages under them, so that together they are a snapshot. */
  static FoldRun over(StagedPages base, List<? extends FoldableSegment> segments)
      throws FoldRefusedException {
    if (segments.isEmpty()) {
      throw new FoldRefusedException("there is no segment to fold");
    }
    for (int i = 1; i < segments.size(); i++) {
      FoldableSegment before = segments.get(i - 1);
      FoldableSegment segment = segments.get(i);
      boolean follows =
          segment.logId().equals(before.logId())
              && segment.pageSize() == before.pageSize()
              && Integer.compareUnsigned(segment.epoch(), before.epoch()) >= 0
              && segment.startFrameNo() <= before.lastFrameNo() + 1
              && segment.lastFrameNo() > before.lastFrameNo();
      if (!follows) {
        throw new FoldRefusedException(segment + " does not follow " + before);
      }
    }
    return new FoldRun(segments, base);
  }

  List<? extends FoldableSegment> segments() {
    return segments;
  }

  /** The newest version of each of its pages. */
  FoldedPages pages() {
    return new FoldedPages(segments, base);
  }

  /**
   * The pages under its segments, if the file that they are in can become a new database.
   *
   * @throws IOException if it did, and the rest failed
   */
  Optional<StagedPages> beginning(Path database) throws IOException {
    if (base != null && base.isGivenAway()) {
      throw new IOException(
          database + " could not be made of the parts of its snapshot, which have to come again");
    }
    return base != null && base.mayBecome(database) ? Optional.of(base) : Optional.empty();
  }

  UUID logId() {
    return last.logId();
  }

  int epoch() {
    return last.epoch();
  }

  long lastFrameNo() {
    return last.lastFrameNo();
  }

  int sizeAfter() {
    return last.sizeAfter();
  }

  /** Checksum of the database after the run; 0: not stated. */
  long databaseChecksum() {
    return last.databaseChecksum();
  }

  /**
   * The run up to the last checksum that is stated, and what follows: so that nothing hides behind
   * a segment that states none.
   */
  List<FoldRun> parts() {
    int end = segments.size();
    while (end > 0 && segments.get(end - 1).databaseChecksum() == PageHash.NOT_STATED) {
      end--;
    }
    return end == 0 || end == segments.size()
        ? List.of(this)
        : List.of(
            new FoldRun(segments.subList(0, end), base),
            new FoldRun(segments.subList(end, segments.size()), null));
  }

  boolean isChecksumStated() {
    return databaseChecksum() != PageHash.NOT_STATED;
  }

  boolean hasSnapshot() {
    return base != null || segments.stream().anyMatch(FoldableSegment::isSnapshot);
  }

  LogPosition end() {
    return last.end();
  }

  int pageSize() {
    return last.pageSize();
  }

  /** Whether a replica has all of this. */
  boolean isCoveredBy(LogPosition position) {
    return position.logId().equals(logId())
        && Integer.compareUnsigned(epoch(), position.epoch()) <= 0
        && lastFrameNo() <= position.frameNo();
  }

  /**
   * What of this run a replica at a position has to apply.
   *
   * @throws FoldRefusedException if it must not
   */
  FoldRun after(LogPosition position) throws FoldRefusedException {
    boolean sameLog = position.logId().equals(logId());
    int epochs = Integer.compareUnsigned(epoch(), position.epoch());
    if (epochs < 0 || (!sameLog && epochs == 0)) {
      throw new FoldRefusedException(
          last
              + (sameLog ? "" : " of another log")
              + " is of epoch "
              + Integer.toUnsignedString(epoch())
              + ", the replica of epoch "
              + Integer.toUnsignedString(position.epoch()));
    }
    if (base == null && sameLog && position.pageSize() == pageSize() && !repeats(position)) {
      int first = 0; // not all are covered, and their ends ascend
      while (segments.get(first).lastFrameNo() <= position.frameNo()) {
        first++;
      }
      if (segments.get(first).startFrameNo() <= position.frameNo() + 1) {
        return new FoldRun(segments.subList(first, segments.size()), null);
      }
    }
    return fromSnapshot(
        "the replica ends at frame " + position.frameNo() + " of " + position.logId());
  }

  /** Whether a later capturer took frame numbers again, for other pages than the replica has. */
  private boolean repeats(LogPosition position) {
    return segments.stream()
        .anyMatch(
            segment ->
                Integer.compareUnsigned(segment.epoch(), position.epoch()) > 0
                    && segment.startFrameNo() <= position.frameNo());
  }

  /** The run from its newest snapshot on, which needs nothing before it. */
  FoldRun fromSnapshot(String why) throws FoldRefusedException {
    for (int i = segments.size() - 1; i >= 0; i--) {
      if (segments.get(i).isSnapshot()) {
        return new FoldRun(segments.subList(i, segments.size()), null);
      }
    }
    if (base != null) {
      return this;
    }
    throw new FoldRefusedException(
        segments.get(0)
            + " of log "
            + logId()
            + " does not continue the replica and no snapshot follows: "
            + why);
  }
}

package io.walcast.capture;

import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalDamagedException;
import io.walcast.sqlite.WalFrames;
import io.walcast.sqlite.WalHeader;
import io.walcast.sqlite.WalIndexHeader;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;

/**
 * Carries committed transactions from the WAL into the log, and proves that none is missing.
 *
 * <p>Within a generation the running checksum proves it. After a reset nothing in the WAL does:
 * salts look the same after one reset as after many. There the wal-index's change counter, one for
 * each commit, has to agree with the commits that are counted, <em>before</em> any of them is taken
 * over. Used by one thread.
 */
final class WalFollower {

  /** So much of a look is lost at most if the disk fails. */
  private static final int GROUP_FRAMES = 1000;

  private final WalConnection connection;
  private final CaptureLog log;
  private final CaptureCounters counters;
  private WalPoint point;

  WalFollower(WalConnection connection, CaptureLog log, CaptureCounters counters) {
    this.connection = connection;
    this.log = log;
    this.counters = counters;
  }

  /** How far has been captured: always at the end of a transaction that is in the log. */
  WalPoint point() {
    return point;
  }

  /** Goes on from a point that is known to be in the log. */
  void startAt(WalPoint start) {
    point = start;
  }

  /**
   * Goes on from a point of an earlier run, if the WAL still has its last frame.
   *
   * <p>A rebuilt wal-index counts commits from 0. If there has been none since, the count is made
   * to fit: salts and the checksum chain prove the rest.
   */
  void resumeAt(WalPoint start, WalIndexHeader header) throws IOException, ContinuityLostException {
    if (!start.sameGeneration(header) || (start.salt1() == 0 && start.salt2() == 0)) {
      throw new ContinuityLostException(
          ResyncReason.CHANGED_WHILE_AWAY, "the WAL is of another generation");
    }
    if (header.maxFrame() < start.frame()) {
      throw wentBack(header, start);
    }
    if (start.frame() > 0 && !holdsLastFrameOf(start)) {
      throw new ContinuityLostException(
          ResyncReason.CHANGED_WHILE_AWAY,
          "frame " + start.frame() + " of the WAL is not the one that was captured");
    }
    point = start;
    if (header.change() == 0) {
      int commits = countCommits(header, start.frame() + 1, checksumBefore(header));
      point = new WalPoint(start.salt1(), start.salt2(), start.frame(), start.checksum(), -commits);
    }
  }

  private boolean holdsLastFrameOf(WalPoint start) throws IOException {
    Optional<Long> checksum =
        WalFrames.storedChecksum(
            connection.wal(), connection.pageSize(), start.salt1(), start.salt2(), start.frame());
    return checksum.isPresent() && checksum.get() == start.checksum();
  }

  /** Captures everything up to a header that was read while no reset could happen. */
  void follow(WalIndexHeader header) throws IOException, ContinuityLostException {
    try {
      if (!point.sameGeneration(header)) {
        followReset(header);
      }
      if (header.maxFrame() < point.frame()) {
        throw wentBack(header, point);
      }
      if (header.maxFrame() > point.frame()) {
        emit(header, checksumBefore(header));
      }
    } catch (WalDamagedException | EOFException e) {
      throw new ContinuityLostException(ResyncReason.WAL_DAMAGED, e);
    }
    if (header.change() != point.change()) {
      throw new ContinuityLostException(
          ResyncReason.COMMITS_MISCOUNTED,
          "the wal-index counts to " + header.change() + ", the WAL to " + point.change());
    }
  }

  private static ContinuityLostException wentBack(WalIndexHeader header, WalPoint point) {
    return new ContinuityLostException(
        ResyncReason.WAL_WENT_BACK,
        "the WAL ends at frame " + header.maxFrame() + ", " + point.frame() + " were captured");
  }

  private void followReset(WalIndexHeader header) throws IOException, ContinuityLostException {
    WalPoint start = WalPoint.startOf(header, point.change());
    int expected = header.change() - point.change();
    int commits = 0;
    if (header.maxFrame() > 0) {
      commits = countCommits(header, 1, walHeader(header).checksum());
    }
    if (commits != expected) {
      throw new ContinuityLostException(
          ResyncReason.RESETS_UNSEEN,
          expected + " commits since the last look, " + commits + " of them in the WAL");
    }
    point = start;
  }

  private long checksumBefore(WalIndexHeader header) throws IOException, ContinuityLostException {
    if (point.frame() > 0) {
      return point.checksum();
    }
    return header.maxFrame() > 0 ? walHeader(header).checksum() : 0;
  }

  /** The WAL's own header, which its first frame goes on from. */
  private WalHeader walHeader(WalIndexHeader header) throws IOException, ContinuityLostException {
    Optional<WalHeader> found = WalHeader.read(connection.wal());
    if (found.isEmpty()
        || found.get().salt1() != header.salt1()
        || found.get().salt2() != header.salt2()) {
      throw new ContinuityLostException(
          ResyncReason.WAL_DAMAGED, "the WAL's header is not the one that the wal-index describes");
    }
    return found.get();
  }

  private int countCommits(WalIndexHeader header, int from, long checksum) throws IOException {
    WalFrames frames = frames(header, from, checksum);
    int commits = 0;
    while (frames.next()) {
      if (frames.sizeAfter() != 0) {
        commits++;
      }
    }
    return commits;
  }

  private void emit(WalIndexHeader header, long checksum)
      throws IOException, ContinuityLostException {
    WalFrames frames = frames(header, point.frame() + 1, checksum);
    while (point.frame() < header.maxFrame()) {
      emitGroup(frames, header);
    }
    if (point.checksum() != header.checksum()) {
      throw new ContinuityLostException(
          ResyncReason.WAL_DAMAGED, "the wal-index has another checksum for its last frame");
    }
  }

  /** Transactions written at once; a failure rolls them back, and leaves the point before them. */
  private void emitGroup(WalFrames frames, WalIndexHeader header)
      throws IOException, ContinuityLostException {
    int commits = 1;
    try (CaptureTransaction group = log.begin()) {
      emitTransaction(frames, header, group);
      while (frames.frame() < header.maxFrame()
          && frames.frame() - point.frame() < GROUP_FRAMES
          && group.next(frames.sizeAfter())) {
        emitTransaction(frames, header, group);
        commits++;
      }
      group.commit(frames.sizeAfter());
    }
    counters.committed(commits, frames.frame() - point.frame());
    point =
        new WalPoint(
            point.salt1(),
            point.salt2(),
            frames.frame(),
            frames.checksum(),
            point.change() + commits);
  }

  private static void emitTransaction(
      WalFrames frames, WalIndexHeader header, CaptureTransaction group)
      throws IOException, ContinuityLostException {
    do {
      if (!frames.next()) {
        throw new ContinuityLostException(
            ResyncReason.WAL_DAMAGED,
            "frame " + header.maxFrame() + ", the last of the wal-index, does not commit");
      }
      group.insert(frames.pageNo(), frames.page());
    } while (frames.sizeAfter() == 0);
  }

  private WalFrames frames(WalIndexHeader header, int from, long checksum) {
    return new WalFrames(
        connection.wal(),
        connection.pageSize(),
        header.salt1(),
        header.salt2(),
        header.bigEndianChecksum(),
        from,
        header.maxFrame(),
        checksum);
  }
}

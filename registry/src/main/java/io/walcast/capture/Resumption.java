package io.walcast.capture;

import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;
import java.util.Optional;

/**
 * Where the capture of a database that was just attached to goes on from: the log's position, if
 * that is provably right. Used by one thread.
 */
final class Resumption {

  private final CaptureLog log;
  private final AttachedFiles files;
  private final WalFollower follower;

  Resumption(CaptureLog log, AttachedFiles files, WalFollower follower) {
    this.log = log;
    this.files = files;
    this.follower = follower;
  }

  /**
   * Makes the follower ready to follow.
   *
   * @param header of the wal-index
   * @throws ContinuityLostException if only a resync can go on
   */
  void run(WalIndexHeader header) throws IOException, ContinuityLostException {
    Optional<CapturePosition> position = log.position();
    if (position.isEmpty()) {
      throw new ContinuityLostException(log.whyNoPosition(), "nothing to go on from");
    }
    if (!position.get().isOf(files.database())) {
      throw new ContinuityLostException(
          ResyncReason.DATABASE_REPLACED, "the position is of another file");
    }
    resume(position.get(), header);
  }

  private void resume(CapturePosition position, WalIndexHeader header)
      throws IOException, ContinuityLostException {
    if (position.wal().isPresent()) {
      follower.resumeAt(position.wal().get(), header);
    } else if (position.closed().get().equals(files.database())) {
      // Untouched since it had no WAL: nothing has been back-filled, so this WAL holds every
      // commit.
      follower.startAt(WalPoint.startOf(header, 0));
    } else {
      throw new ContinuityLostException(
          ResyncReason.CHANGED_WHILE_AWAY, "the database file has changed");
    }
  }
}

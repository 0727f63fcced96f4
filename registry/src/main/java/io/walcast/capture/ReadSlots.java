package io.walcast.capture;

import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndex;
import io.walcast.sqlite.WalIndexHeader;
import io.walcast.sqlite.WalLocks;
import java.io.IOException;
import java.nio.channels.FileLock;

/**
 * The reader slots through which the capture keeps the WAL from being reset unseen. Used by one
 * thread.
 *
 * <table>
 *   <caption>What may happen while a slot is shared</caption>
 *   <tr><th>held</th><th>back-fill</th><th>reset</th><th>when</th></tr>
 *   <tr><td>slot 4, mark not in use</td><td>yes</td><td>no</td><td>frames are pending</td></tr>
 *   <tr><td>slot 4, and slot 3 with a mark</td><td>up to the mark</td><td>no</td><td>frames are
 *       pending, and back-fill is {@linkplain BackfillHold held off}</td></tr>
 *   <tr><td>slot 0</td><td>no</td><td>one, as all is back-filled; none after the next append, as
 *       that cannot be back-filled</td><td>all is captured and back-filled</td></tr>
 * </table>
 *
 * <p>Slot 4's mark caps the back-fill while the slot is shared, so a mark that a dead reader left
 * is taken back under the exclusive lock. If a living reader uses the slot the mark is its own, and
 * is tried again later.
 *
 * <p>Slot 3 is held as a reader holds it whose snapshot ends with what is back-filled: a checkpoint
 * then has nothing to do and ends at once, without a sync. It is not slot 4's mark that is lowered:
 * a RESTART checkpoint that has met a mark waits for that slot's lock, whatever becomes of the
 * mark. Nor is it slot 0: where each commit runs a checkpoint, that is hardly ever to be had.
 */
final class ReadSlots {

  private static final int PENDING_SLOT = 4;
  private static final int PENDING = WalLocks.READ_0 + PENDING_SLOT;
  private static final int CAP_SLOT = 3;
  private static final int CAP = WalLocks.READ_0 + CAP_SLOT;
  private static final int TRIES = 50;

  private final WalConnection connection;
  private final WalLocks locks;
  private FileLock pending;
  private FileLock idle;
  private FileLock cap;

  ReadSlots(WalConnection connection) {
    this.connection = connection;
    this.locks = connection.locks();
  }

  /** Whether the WAL may be reset: nothing is pending, slot 0 is held. */
  boolean isIdle() {
    return pending == null && idle != null;
  }

  /**
   * Shares slot 4, then lets slot 0 go; from then on no reset can happen. What happened before
   * shows in a header that is read afterwards.
   *
   * @return {@code false} if the slot cannot be had now: a writer is resetting the WAL
   */
  boolean holdPending() throws IOException {
    for (int i = 0; pending == null && i < TRIES; i++) {
      pending = locks.tryShared(PENDING);
      if (pending == null) {
        Thread.onSpinWait();
      }
    }
    if (pending == null) {
      return false;
    }
    freeStaleMark();
    if (pending != null && idle != null) {
      idle.release();
      idle = null;
    }
    return pending != null;
  }

  /** Takes back a mark that nobody uses any more, if slot 4 is held and has one. */
  void freeStaleMark() throws IOException {
    WalIndex index = connection.index();
    if (pending == null || index.readMark(PENDING_SLOT) == WalIndex.UNUSED_MARK) {
      return;
    }
    pending.release();
    pending = null;
    FileLock alone = locks.tryExclusive(PENDING);
    if (alone != null) {
      index.setReadMark(PENDING_SLOT, WalIndex.UNUSED_MARK);
      alone.release();
    }
    pending = locks.tryShared(PENDING);
  }

  /** Whether all that was captured is just being back-filled: after that the WAL can be reset. */
  boolean isBackfilling(WalIndexHeader captured) {
    WalIndex index = connection.index();
    return pending != null
        && index.backfilled() < captured.maxFrame()
        && index.backfillStarted() == captured.maxFrame();
  }

  /**
   * Lets the WAL be reset, if nothing has changed since the header was captured and all of it is
   * back-filled.
   */
  void tryIdle(WalIndexHeader captured) throws IOException {
    WalIndex index = connection.index();
    if (pending == null || index.backfilled() != captured.maxFrame()) {
      return;
    }
    FileLock slot = null;
    for (int i = 0; slot == null && i < TRIES; i++) { // who back-filled is just giving it up
      slot = locks.tryShared(WalLocks.READ_0);
    }
    if (slot == null) {
      return;
    }
    if (captured.equals(index.readHeader()) && index.backfilled() == captured.maxFrame()) {
      idle = slot;
      endHoldOff();
      pending.release();
      pending = null;
    } else {
      slot.release();
    }
  }

  /** Whether back-fill is held off. */
  boolean isHeldOff() {
    return cap != null;
  }

  /**
   * While frames are pending: keeps what is not back-filled yet from it.
   *
   * @return {@code false} if a reader has slot 3, or it was not to be had in this moment
   */
  boolean tryHoldOff() throws IOException {
    if (cap != null || pending == null) {
      return cap != null;
    }
    FileLock alone = locks.tryExclusive(CAP);
    if (alone == null) {
      return false;
    }
    WalIndex index = connection.index();
    int mark = index.backfilled();
    index.setReadMark(CAP_SLOT, mark);
    alone.release();
    cap = locks.tryShared(CAP);
    if (cap != null && index.readMark(CAP_SLOT) != mark) { // a reader came in between
      endHoldOff();
    }
    return cap != null;
  }

  /** Lets back-fill go on. The mark stays, as that of any reader: a checkpoint takes it back. */
  void endHoldOff() throws IOException {
    if (cap != null) {
      FileLock lock = cap;
      cap = null;
      lock.release();
    }
  }
}

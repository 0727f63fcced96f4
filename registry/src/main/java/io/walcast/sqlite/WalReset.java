package io.walcast.sqlite;

import io.walcast.io.Io;
import java.io.IOException;
import java.nio.channels.FileLock;

/**
 * Starts the WAL over once all of it is in the database file and no reader uses it. The caller
 * holds the write lock. Between taking the slots and letting them go there is neither I/O nor
 * allocation: readers that cannot get a slot for long fail with a protocol error.
 */
final class WalReset {

  private final Io io;
  private final WalIndex index;
  private final WalLocks locks;
  private final Steps steps;
  private long resets;
  private long busy;

  WalReset(Io io, WalConnection connection, Steps steps) {
    this.io = io;
    this.index = connection.index();
    this.locks = connection.locks();
    this.steps = steps;
  }

  long resets() {
    return resets;
  }

  long busy() {
    return busy;
  }

  /** Resets if it can be done now; returns the header that is then in force. */
  WalIndexHeader tryReset(WalIndexHeader header) throws IOException {
    if (header.maxFrame() == 0 || index.backfilled() != header.maxFrame()) {
      return header;
    }
    WalIndexHeader after = header.reset((int) io.randomLong());
    byte[] encoded = after.encode();
    // SQLite does not take the checkpoint byte here. With it no checkpointer, of whatever version,
    // can act on a header that it read before the reset.
    FileLock checkpoint = locks.tryExclusive(WalLocks.CHECKPOINT);
    if (checkpoint == null) {
      busy++;
      return header;
    }
    try {
      FileLock slots = locks.tryExclusive(WalLocks.READ_0 + 1, WalLocks.READ_SLOTS - 1);
      if (slots == null) {
        busy++;
        return header;
      }
      try {
        publish(encoded);
      } finally {
        slots.release();
      }
    } finally {
      checkpoint.release();
    }
    resets++;
    steps.reached("WAL reset");
    return after;
  }

  /**
   * The count goes to 0 before the header: dying in between only repeats a back-fill, whereas an
   * empty WAL with an old count would hide the frames to come from readers.
   */
  private void publish(byte[] encoded) {
    steps.reached("slots taken for reset");
    index.setBackfilled(0);
    steps.reached("back-fill count cleared");
    index.writeHeader(encoded, steps);
    index.setBackfillStarted(0);
    index.setReadMark(1, 0);
    steps.reached("first mark cleared");
    for (int slot = 2; slot < WalLocks.READ_SLOTS; slot++) {
      index.setReadMark(slot, WalIndex.UNUSED_MARK);
    }
  }
}

package io.walcast.registry;

import io.walcast.segment.CheckpointRun;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Folds the segments of one open log into its target, one run of them at a time. Thread-safe.
 *
 * <pre>
 *   step                              a failure leaves
 *   choose a run, so that no reader   everything as it was; the run is released
 *   can pin it any more
 *   fold it into the target           the same: to fold it again repairs the target
 *   take it out of the tail, delete   files that the next opening deletes
 *   tell the listener                 -
 *   swap, where the current segment   everything folded; the next checkpoint swaps
 *   is all that is left and durable
 * </pre>
 */
final class LogCheckpoint {

  /** What follows a fold, in the same checkpoint. */
  @FunctionalInterface
  interface Afterwards {
    void folded() throws IOException;
  }

  private final LogSegments segments;
  private final Durability durability;
  private final CheckpointTarget target;
  private final CheckpointListener listener;
  private final long runBytes;
  private final Afterwards afterwards;
  private final Object running = new Object(); // held for a whole checkpoint
  private final AtomicLong frameNo;

  /**
   * Folds nothing yet.
   *
   * @param frameNo last frame that the target has
   * @param runBytes how much is folded at a time, in bytes of segments
   */
  LogCheckpoint(
      LogSegments segments,
      Durability durability,
      OpenRequest request,
      long frameNo,
      long runBytes,
      Afterwards afterwards) {
    this.segments = segments;
    this.durability = durability;
    this.target = request.target();
    this.listener = request.listener();
    this.runBytes = runBytes;
    this.afterwards = afterwards;
    this.frameNo = new AtomicLong(frameNo);
  }

  /** Last frame folded into the target. */
  long frameNo() {
    return frameNo.get();
  }

  /**
   * Folds the oldest segments that are durable and that no reader pins, and deletes them.
   *
   * @return whether there is more to do now
   */
  boolean run() throws IOException {
    synchronized (running) {
      if (segments.isClosed()) {
        return false;
      }
      CheckpointRun run = segments.view().tail().chooseRun(durability.frameNo(), runBytes);
      if (run.isEmpty()) {
        return false;
      }
      fold(run);
      frameNo.set(run.end().frameNo());
      segments.remove(run);
      listener.checkpointed(run.end());
      afterwards.folded();
      return run.hasMore();
    }
  }

  private void fold(CheckpointRun run) throws IOException {
    boolean folded = false;
    try {
      if (target.recoversFromSegments()) {
        segments.settleRemovals(); // else a crash may leave one of them, and nothing after it
      }
      target.fold(run.segments());
      folded = true;
    } finally {
      if (!folded) {
        run.release();
      }
    }
  }

  /** Tells the listener of a failure. */
  void failed(IOException cause) {
    listener.failed(cause);
  }

  /**
   * Lets nothing be changed any more; {@code false} if that has been done. Waits for a checkpoint
   * in progress; none begins from then on.
   */
  boolean beginClose() {
    synchronized (running) {
      return segments.beginClose();
    }
  }
}

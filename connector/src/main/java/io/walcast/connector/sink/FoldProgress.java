package io.walcast.connector.sink;

import io.walcast.registry.CheckpointListener;
import io.walcast.segment.LogPosition;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What of one replica is folded into its database and what is on its way there. The task's thread
 * adds segments and takes them back when they are folded; the checkpointer's threads report; any
 * thread may look. Thread-safe.
 */
final class FoldProgress {

  private static final long MAY_FAIL_NS = TimeUnit.SECONDS.toNanos(3);

  private static final int SEGMENT_BYTES = 256;

  private final FoldSignal signal;
  private final LongSupplier nanoClock;
  private final Deque<InjectedSegment> unfolded = new ArrayDeque<>();
  private List<InjectedSegment> folded = new ArrayList<>();
  private int generation;
  private LogPosition applied;
  private long appliedSegments;
  private long lastSealedAtMs;
  private long unfoldedBytes;
  private IOException failure;
  private long failingSinceNs;

  FoldProgress(FoldSignal signal, LongSupplier nanoClock) {
    this.signal = signal;
    this.nanoClock = nanoClock;
  }

  /** Starts from what the database holds, or {@code null} for nothing. */
  synchronized void start(LogPosition position) {
    applied = position;
  }

  /** A segment was committed to the log; its fold may even be over already. */
  synchronized void injected(InjectedSegment segment) {
    unfolded.add(segment);
    unfoldedBytes += segment.bytes();
    moveFolded();
  }

  /** Listens to a log from now on; what one before it still has to say is ignored. */
  synchronized CheckpointListener listen() {
    int current = ++generation;
    return new CheckpointListener() {
      @Override
      public void checkpointed(LogPosition upTo) {
        FoldProgress.this.checkpointed(current, upTo);
      }

      @Override
      public void failed(IOException cause) {
        FoldProgress.this.failed(current, cause);
      }
    };
  }

  private void checkpointed(int of, LogPosition upTo) {
    synchronized (this) {
      if (of == generation) {
        applied = upTo;
        failure = null;
        moveFolded();
      }
    }
    signal.raise();
  }

  private void failed(int of, IOException cause) {
    synchronized (this) {
      if (of == generation) {
        if (failure == null) {
          failingSinceNs = nanoClock.getAsLong();
        }
        failure = cause;
      }
    }
    signal.raise();
  }

  private void moveFolded() {
    while (!unfolded.isEmpty() && covers(unfolded.peek())) {
      InjectedSegment segment = unfolded.poll();
      unfoldedBytes -= segment.bytes();
      lastSealedAtMs = segment.sealedAtMs();
      appliedSegments++;
      folded.add(segment);
    }
  }

  private boolean covers(InjectedSegment segment) {
    return applied != null
        && applied.logId().equals(segment.logId())
        && Integer.compareUnsigned(applied.epoch(), segment.epoch()) >= 0
        && Long.compareUnsigned(applied.frameNo(), segment.endFrameNo()) >= 0;
  }

  /** The segments folded since the last call. */
  synchronized List<InjectedSegment> takeFolded() {
    List<InjectedSegment> taken = folded;
    folded = new ArrayList<>();
    return taken;
  }

  /** Gives up what is not folded, and the failure to do so: the log was closed. */
  synchronized List<InjectedSegment> abandon() {
    List<InjectedSegment> abandoned = new ArrayList<>(unfolded);
    unfolded.clear();
    unfoldedBytes = 0;
    failure = null;
    return abandoned;
  }

  /** About what the account of the segments that are not folded takes in memory, in bytes. */
  synchronized long accountBytes() {
    return (long) unfolded.size() * SEGMENT_BYTES;
  }

  /** Bytes of pages committed to the log and not folded, those since superseded included. */
  synchronized long unfoldedBytes() {
    return unfoldedBytes;
  }

  /** Whether everything that was injected is folded. */
  synchronized boolean isDrained() {
    return unfolded.isEmpty();
  }

  /** What the database holds, or {@code null} for nothing. */
  synchronized LogPosition applied() {
    return applied;
  }

  /** Segments folded since the replica was opened. */
  synchronized long appliedSegments() {
    return appliedSegments;
  }

  /** When the segment folded last was sealed, in milliseconds since 1970; 0 before the first. */
  synchronized long lastSealedAtMs() {
    return lastSealedAtMs;
  }

  /** Why the last fold failed, or {@code null} if it did not. */
  synchronized IOException failure() {
    return failure;
  }

  /** For how long every fold has failed, in nanoseconds; 0 if the last one did not. */
  synchronized long failingForNs() {
    return failure == null ? 0 : Math.max(1, nanoClock.getAsLong() - failingSinceNs);
  }

  /** Whether folds have failed for so long that the log is not worth keeping open. */
  synchronized boolean isStuck() {
    return failingForNs() > MAY_FAIL_NS;
  }
}

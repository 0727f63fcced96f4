package io.walcast.registry;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a log is durable in storage, and the way of its sealed segments there. Thread-safe; never
 * blocks.
 */
final class Durability {

  private final Namespace namespace;
  private final SegmentStorage storage;
  private final CheckpointNotifier notifier;
  private final AtomicLong frameNo;
  private volatile long arriving;

  /** Durable so far: what the checkpoint target has, since only durable segments are folded. */
  Durability(
      Namespace namespace,
      SegmentStorage storage,
      CheckpointNotifier notifier,
      long checkpointedFrameNo) {
    this.namespace = namespace;
    this.storage = storage;
    this.notifier = notifier;
    this.frameNo = new AtomicLong(checkpointedFrameNo);
  }

  long frameNo() {
    return frameNo.get();
  }

  /** Raises the number, never lowers it, and tells the checkpointer. */
  void raise(long durableFrameNo) {
    frameNo.accumulateAndGet(durableFrameNo, Math::max);
    notifier.checkpointDue(namespace);
  }

  /**
   * Announces that frames up to a number are being committed that came out of storage, so that they
   * do not go there again; 0: none are. They count as durable only once they are {@link #raise
   * raised}: what never arrives must not.
   */
  void arriving(long storedFrameNo) {
    arriving = storedFrameNo;
  }

  /** Hands a segment to storage if it holds anything that is not durable, else on to be folded. */
  void store(SealedSegment segment) {
    if (segment.lastFrameNo() > Math.max(frameNo.get(), arriving)) {
      storage.store(namespace, segment, this::raise);
    } else {
      notifier.checkpointDue(namespace);
    }
  }

  /** How many of these segments are not durable yet. */
  int inFlight(List<SealedSegment> tail) {
    long durable = frameNo.get();
    return (int) tail.stream().filter(segment -> segment.lastFrameNo() > durable).count();
  }
}

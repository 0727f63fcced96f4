package io.walcast.storage;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.util.function.LongConsumer;

/**
 * Where sealed segments become durable outside this machine. Thread-safe.
 *
 * <p>The registry keeps a stored segment, file and all, until the callback has told that its last
 * frame is durable.
 */
public interface SegmentStorage {

  /**
   * Takes a sealed segment over for storing and returns at once. Segments of one namespace are
   * given in frame order.
   *
   * @param onDurable told, from any thread and without blocking it, the highest frame number of the
   *     namespace that is durable; may be told the same or an older number again
   */
  void store(Namespace namespace, SealedSegment segment, LongConsumer onDurable);

  /** The highest frame number of the namespace known to be durable; 0 if none is. */
  long durableFrameNo(Namespace namespace);

  /**
   * Forgets the segments of a namespace that are not stored yet: its log was closed. They are
   * handed over again when it is opened, unless they have been dropped. What is on its way may
   * still arrive; nobody is told of it.
   */
  default void forget(Namespace namespace) {
    // a storage that stores at once has nothing to forget
  }

  /** Finishes what was handed over, as far as it can, and takes no more. */
  void shutdown();
}

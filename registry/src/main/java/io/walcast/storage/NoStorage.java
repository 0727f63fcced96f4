package io.walcast.storage;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;

/**
 * Stores nothing anywhere: every sealed segment counts as durable at once. For a registry on its
 * own, and for a replica, whose segments came out of the storage. Thread-safe.
 */
public final class NoStorage implements SegmentStorage {

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    callback.durable(segment.lastFrameNo());
  }

  /** 0: nothing is known beyond what is here. */
  @Override
  public long durableFrameNo(Namespace namespace) {
    return 0;
  }

  @Override
  public void shutdown() {
    // nothing was taken over
  }
}

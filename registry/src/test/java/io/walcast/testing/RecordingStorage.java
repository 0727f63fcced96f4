package io.walcast.testing;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.util.ArrayList;
import java.util.List;

/** Remembers what it was given; tells that it is durable when the test says so. */
public final class RecordingStorage implements SegmentStorage {

  private record Stored(SealedSegment segment, StoreCallback onDurable) {}

  private final List<Stored> stored = new ArrayList<>();
  private boolean ackOnShutdown;
  private boolean stopped;

  @Override
  public synchronized void store(
      Namespace namespace, SealedSegment segment, StoreCallback onDurable) {
    stored.add(new Stored(segment, onDurable));
  }

  /** Tells each segment stored so far that the given frame is durable. */
  public void acknowledge(long frameNo) {
    List.copyOf(stored).forEach(each -> each.onDurable().durable(frameNo));
  }

  /** Lets the shutdown acknowledge everything. */
  public synchronized void ackOnShutdown() {
    ackOnShutdown = true;
  }

  /** The last frame numbers of the segments, in the order in which they came. */
  public synchronized List<Long> ends() {
    return stored.stream().map(each -> each.segment().lastFrameNo()).toList();
  }

  /** Whether it was shut down. */
  public synchronized boolean stopped() {
    return stopped;
  }

  @Override
  public long durableFrameNo(Namespace namespace) {
    return 0;
  }

  @Override
  public synchronized void shutdown() {
    stopped = true;
    if (ackOnShutdown) {
      stored.forEach(each -> each.onDurable().durable(each.segment().lastFrameNo()));
    }
  }
}

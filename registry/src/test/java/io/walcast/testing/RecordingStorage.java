package io.walcast.testing;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** Remembers what it was given; tells that it is durable when the test says so. */
public final class RecordingStorage implements SegmentStorage {

  private record Stored(SealedSegment segment, LongConsumer onDurable) {}

  private final List<Stored> stored = new ArrayList<>();
  private boolean ackOnShutdown;
  private boolean stopped;

  @Override
  public synchronized void store(
      Namespace namespace, SealedSegment segment, LongConsumer onDurable) {
    stored.add(new Stored(segment, onDurable));
  }

  /** Tells each segment stored so far that the given frame is durable. */
  public void acknowledge(long frameNo) {
    List.copyOf(stored).forEach(each -> each.onDurable().accept(frameNo));
  }

  /** Lets the shutdown acknowledge everything. */
  public synchronized void ackOnShutdown() {
    ackOnShutdown = true;
  }

  /** The segments, in the order in which they came. */
  public synchronized List<SealedSegment> segments() {
    return stored.stream().map(Stored::segment).toList();
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
      stored.forEach(each -> each.onDurable().accept(each.segment().lastFrameNo()));
    }
  }
}

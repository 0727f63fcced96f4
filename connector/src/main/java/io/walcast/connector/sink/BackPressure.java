package io.walcast.connector.sink;

import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses all partitions of a task while too much waits to be folded, and resumes them when half of
 * the limit is free. A short excess is waited for without pausing. Used by the task's thread only.
 */
final class BackPressure {

  private static final Logger LOG = LoggerFactory.getLogger(BackPressure.class);
  private static final long PATIENCE_MS = 500;

  private final SinkTaskContext context;
  private final FoldSignal signal;
  private final LongSupplier bufferedBytes;
  private final long maxBytes;
  private volatile boolean paused;

  /**
   * Makes one for a task.
   *
   * @param bufferedBytes what waits to be folded
   * @param maxBytes above this it is too much
   */
  BackPressure(
      SinkTaskContext context, FoldSignal signal, LongSupplier bufferedBytes, long maxBytes) {
    this.context = context;
    this.signal = signal;
    this.bufferedBytes = bufferedBytes;
    this.maxBytes = maxBytes;
  }

  /** Looks whether to pause or to resume; call it after each batch. */
  void regulate() {
    boolean free = signal.await(() -> bufferedBytes.getAsLong() <= goal(), PATIENCE_MS);
    if (!free && !paused) {
      LOG.info("Paused: {} bytes wait to be folded, {} may", bufferedBytes.getAsLong(), maxBytes);
      paused = true;
    } else if (free && paused) {
      LOG.info("Resumed: {} bytes wait to be folded", bufferedBytes.getAsLong());
      paused = false;
      context.resume(assignment());
    }
    if (paused) {
      context.pause(assignment()); // each time, because partitions may have been added
    }
  }

  private long goal() {
    return paused ? maxBytes / 2 : maxBytes;
  }

  /** Whether partitions are paused; any thread may ask. */
  boolean isPaused() {
    return paused;
  }

  private TopicPartition[] assignment() {
    return context.assignment().toArray(TopicPartition[]::new);
  }
}

package io.walcast.connector.announcer;

import java.util.UUID;

/**
 * Up to where Kafka is known to have a namespace.
 *
 * @param logId log that the number counts in
 * @param epoch epoch that it was reached in, unsigned
 * @param frameNo last frame of a segment; at least 1
 */
public record DurableFrame(UUID logId, int epoch, long frameNo) {

  /** Whether this says more than another one. */
  public boolean isAfter(DurableFrame other) {
    return logId.equals(other.logId)
        ? frameNo > other.frameNo
        : Integer.compareUnsigned(epoch, other.epoch) > 0;
  }
}

package io.walcast.connector.source;

import io.walcast.segment.Namespace;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * What Connect keeps for a namespace: up to which frame Kafka has it. The state directory, not
 * this, tells where to go on; this is the fence for a state directory that was lost or is old.
 *
 * @param durableFrameNo highest frame number that Kafka has acknowledged; 0 if none
 * @param logId log that the number counts in
 * @param epoch epoch of the capturer, unsigned
 */
record SourcePosition(long durableFrameNo, UUID logId, int epoch) {

  private static final String NAMESPACE = "namespace";
  private static final String FRAME = "frame";
  private static final String LOG = "log";
  private static final String EPOCH = "epoch";

  static Map<String, String> partition(Namespace namespace) {
    return Map.of(NAMESPACE, namespace.name());
  }

  Map<String, Object> toOffset() {
    return Map.of(
        FRAME, durableFrameNo, LOG, logId.toString(), EPOCH, Integer.toUnsignedLong(epoch));
  }

  /**
   * Reads what {@link #toOffset} made, or nothing if Connect has nothing.
   *
   * @throws ConnectException if somebody put something else there
   */
  static Optional<SourcePosition> fromOffset(Namespace namespace, Map<String, Object> offset) {
    if (offset == null) {
      return Optional.empty();
    }
    if (offset.get(FRAME) instanceof Number frame
        && offset.get(EPOCH) instanceof Number epoch
        && offset.get(LOG) instanceof String log) {
      try {
        return Optional.of(
            new SourcePosition(frame.longValue(), UUID.fromString(log), (int) epoch.longValue()));
      } catch (IllegalArgumentException e) {
        throw unusable(namespace, offset, e);
      }
    }
    throw unusable(namespace, offset, null);
  }

  private static ConnectException unusable(Namespace namespace, Map<?, ?> offset, Exception cause) {
    return new ConnectException(
        "source offset of namespace " + namespace + " is not Walcast's: " + offset, cause);
  }
}

package io.walcast.examples;

/**
 * How far one namespace has come. Immutable.
 *
 * @param namespace its name
 * @param sourceState what the source says of it; {@code ""} while it says nothing
 * @param sinkState what the sink says of it; {@code ""} while it says nothing
 * @param reason why it is not going on; {@code ""} if it is
 * @param committedFrame newest captured frame, 0 if none
 * @param durableFrame newest frame that Kafka has acknowledged
 * @param appliedFrame newest frame that readers of the replica see
 * @param lagMs how long the oldest frame that they do not see has been captured
 */
record NamespaceStatus(
    String namespace,
    String sourceState,
    String sinkState,
    String reason,
    long committedFrame,
    long durableFrame,
    long appliedFrame,
    long lagMs) {

  long lagFrames() {
    return isMoving() ? Math.max(0, committedFrame - appliedFrame) : 0;
  }

  boolean isRefused() {
    return sourceState.equals("REFUSED");
  }

  /** The source has looked at the database and has what it found there. */
  boolean isCaptured() {
    return committedFrame > 0 && (sourceState.equals("ATTACHED") || sourceState.equals("CLOSED"));
  }

  /** Something was published or received since the connectors started. */
  boolean isMoving() {
    return durableFrame > 0 || !sinkState.isEmpty();
  }

  NamespaceStatus withLagMs(long newLagMs) {
    return new NamespaceStatus(
        namespace,
        sourceState,
        sinkState,
        reason,
        committedFrame,
        durableFrame,
        appliedFrame,
        newLagMs);
  }
}

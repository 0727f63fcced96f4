package io.walcast.connector.sink;

/**
 * What there is to know of one replica from outside, at one moment; {@link ReplicaView} says what
 * the parts mean.
 */
record ReplicaStatus(
    String namespace,
    String state,
    String reason,
    long receivedFrame,
    long appliedFrame,
    long appliedSegments,
    long skippedSegments,
    long lastAppliedSealedAtMs,
    long epoch,
    long unfoldedBytes)
    implements ReplicaView {

  /** State of a replica that is suspended. */
  static final String RETRYING = "RETRYING";

  /** State of a replica that is being synced. */
  static final String SYNCING = "SYNCING";

  @Override
  public String getNamespace() {
    return namespace;
  }

  @Override
  public String getState() {
    return state;
  }

  @Override
  public String getReason() {
    return reason;
  }

  @Override
  public long getReceivedFrame() {
    return receivedFrame;
  }

  @Override
  public long getAppliedFrame() {
    return appliedFrame;
  }

  @Override
  public long getAppliedSegments() {
    return appliedSegments;
  }

  @Override
  public long getSkippedSegments() {
    return skippedSegments;
  }

  @Override
  public long getLastAppliedSealedAtMs() {
    return lastAppliedSealedAtMs;
  }

  @Override
  public long getEpoch() {
    return epoch;
  }

  @Override
  public long getUnfoldedBytes() {
    return unfoldedBytes;
  }
}

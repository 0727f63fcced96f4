package io.walcast.connector.sink;

/**
 * One replica as JMX shows it: getters only, so that it becomes a composite of open types and no
 * class of the plugin is needed to read it. (Composite data that an MXBean hands out itself would
 * be described as a class, and arrive empty.)
 */
public final class ReplicaRow {

  private final ReplicaStatus status;

  ReplicaRow(ReplicaStatus status) {
    this.status = status;
  }

  /** The namespace. */
  public String getNamespace() {
    return status.namespace();
  }

  /** NEW, FOLLOWING, WAITING_FOR_SNAPSHOT, QUARANTINED or RETRYING. */
  public String getState() {
    return status.state();
  }

  /** Why it is not following; empty if it is. */
  public String getReason() {
    return status.reason();
  }

  /** End of the last whole segment taken. */
  public long getReceivedFrame() {
    return status.receivedFrame();
  }

  /** Last frame in the database, 0 for none. */
  public long getAppliedFrame() {
    return status.appliedFrame();
  }

  /** Segments folded since it was opened. */
  public long getAppliedSegments() {
    return status.appliedSegments();
  }

  /** Segments skipped since it was opened, because the replica had them. */
  public long getSkippedSegments() {
    return status.skippedSegments();
  }

  /** When the segment folded last was sealed, in milliseconds since 1970; 0 before the first. */
  public long getLastAppliedSealedAtMs() {
    return status.lastAppliedSealedAtMs();
  }

  /** Epoch of the capturer that it follows. */
  public long getEpoch() {
    return status.epoch();
  }

  /** Bytes of pages taken and not folded. */
  public long getUnfoldedBytes() {
    return status.unfoldedBytes();
  }
}

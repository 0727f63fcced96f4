package io.walcast.connector.sink;

/**
 * What there is to know of one replica from outside.
 *
 * @param namespace its namespace
 * @param state a {@link ReplicaState}, or {@link #RETRYING} while an error outside the frames keeps
 *     it from going on
 * @param reason why it is not following; empty if it is
 * @param receivedFrame end of the last whole segment taken
 * @param appliedFrame last frame in the database, 0 for none
 * @param appliedSegments segments folded since it was opened
 * @param skippedSegments segments skipped since it was opened, because the replica had them
 * @param lastAppliedSealedAtMs when the source sealed the segment folded last, in milliseconds
 *     since 1970; 0 before the first
 * @param epoch of the capturer it follows, unsigned
 * @param unfoldedBytes bytes of pages taken and not folded
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
    long unfoldedBytes) {

  /** State of a replica that is suspended. */
  static final String RETRYING = "RETRYING";
}

package io.walcast.connector.source;

/**
 * What capture knows of one database.
 *
 * @param state one word
 * @param reason why it is in this state; empty if that needs no reason
 * @param failing whether it cannot be captured at present
 * @param committedFrameNo last frame number captured
 * @param commits transactions captured since the task started
 * @param snapshots whole copies made since the task started
 * @param resyncs copies of what had changed while it could not be followed, since the task started
 */
record DatabaseStatus(
    String state,
    String reason,
    boolean failing,
    long committedFrameNo,
    long commits,
    long snapshots,
    long resyncs) {

  private static final String FAILING = "FAILING";

  /** The same numbers, with a failure as the reason. */
  DatabaseStatus failing(String failure) {
    return new DatabaseStatus(
        FAILING, failure, true, committedFrameNo, commits, snapshots, resyncs);
  }
}

package io.walcast.connector.source;

import java.util.Map;

/**
 * What capture knows of one database.
 *
 * @param state one word
 * @param reason why it is in this state; empty if that needs no reason
 * @param failing whether it cannot be captured at present
 * @param committedFrameNo last frame number captured
 * @param commits transactions captured since the task started
 * @param snapshots whole copies made since the task started
 * @param differences comparisons made in their place since the task started, of which only the
 *     pages that differed were published
 * @param resyncs both, by the reason why the database could not be followed
 */
record DatabaseStatus(
    String state,
    String reason,
    boolean failing,
    long committedFrameNo,
    long commits,
    long snapshots,
    long differences,
    Map<String, Long> resyncs) {

  private static final String FAILING = "FAILING";

  /** The same numbers, with a failure as the reason. */
  DatabaseStatus failing(String failure) {
    return new DatabaseStatus(
        FAILING, failure, true, committedFrameNo, commits, snapshots, differences, resyncs);
  }
}

package io.walcast.capture;

import java.util.UUID;

/**
 * How a log is opened.
 *
 * @param goesOn whether it is the log that the position is of; else a new one begins
 * @param wakes whether it goes on after a rest, in the epoch that it was in
 * @param outdated whether the state directory is older than what was published
 * @param epoch that new segments are written in, unsigned
 * @param logId names the log
 * @param covered last frame of the log that the position tells of; 0 for a new log
 */
record Continuation(
    boolean goesOn, boolean wakes, boolean outdated, int epoch, UUID logId, long covered) {

  /** Why the position is not gone on from, should it not be. */
  ResyncReason whyNot() {
    if (goesOn) {
      return ResyncReason.LOG_DIFFERS;
    }
    return outdated ? ResyncReason.STATE_OUTDATED : ResyncReason.DATABASE_REPLACED;
  }
}

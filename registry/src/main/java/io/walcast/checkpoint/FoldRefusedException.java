package io.walcast.checkpoint;

import java.io.IOException;

/**
 * A run of segments does not continue what the replica has: a gap, a lower epoch, or another log
 * without a snapshot. The replica is unchanged.
 */
public final class FoldRefusedException extends IOException {

  /** Names the segment, the database and the rule. */
  public FoldRefusedException(String message) {
    super(message);
  }
}

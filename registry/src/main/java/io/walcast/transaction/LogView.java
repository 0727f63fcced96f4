package io.walcast.transaction;

import io.walcast.segment.CurrentSegment;
import io.walcast.segment.SealedSegment;
import java.util.List;

/**
 * The segments of a log at one moment.
 *
 * @param current the growing segment
 * @param tail the sealed segments not yet checkpointed, newest first; immutable
 */
public record LogView(CurrentSegment current, List<SealedSegment> tail) {

  /** Copies the tail. */
  public LogView {
    tail = List.copyOf(tail);
  }
}

package io.walcast.transaction;

import io.walcast.segment.CurrentSegment;
import io.walcast.segment.SegmentList;

/**
 * The segments of a log at one moment.
 *
 * @param current the growing segment
 * @param tail the sealed segments not yet checkpointed
 */
public record LogView(CurrentSegment current, SegmentList tail) {}

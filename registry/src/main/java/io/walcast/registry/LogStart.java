package io.walcast.registry;

import java.util.UUID;

/**
 * Where a new log begins.
 *
 * @param logId names it
 * @param firstFrameNo number of its first frame, from 1
 * @param sizePages database size in pages before that frame
 */
public record LogStart(UUID logId, long firstFrameNo, int sizePages) {}

package io.walcast.segment;

import java.util.UUID;

/**
 * A point in one log.
 *
 * @param logId names one continuous history of a namespace
 * @param epoch fencing token of the capturer; unsigned, rises with each takeover
 * @param frameNo last frame included; 0 before the first
 * @param sizePages database size in pages at that frame
 * @param pageSize page size in bytes
 */
public record LogPosition(UUID logId, int epoch, long frameNo, int sizePages, int pageSize) {}

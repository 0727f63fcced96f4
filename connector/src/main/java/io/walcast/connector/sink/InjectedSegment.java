package io.walcast.connector.sink;

import java.util.UUID;

/**
 * A whole segment that was handed to the log of a replica and is on its way into the database.
 *
 * @param logId its log
 * @param epoch its epoch, unsigned
 * @param endFrameNo last frame number that it covers
 * @param bytes what its pages take
 * @param sealedAtMs when the source sealed it, in milliseconds since 1970; 0 if not known
 * @param hold keeps its first record from being committed
 */
record InjectedSegment(
    UUID logId,
    int epoch,
    long endFrameNo,
    long bytes,
    long sealedAtMs,
    PartitionProgress.Hold hold) {}

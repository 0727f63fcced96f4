package io.walcast.segment;

/**
 * A state of a growing segment that a reader may see.
 *
 * @param frames how many frames, from the first in file order, belong to it
 * @param lastFrameNo highest frame number committed in the log; below the segment's start when the
 *     segment holds none
 * @param sizePages database size in pages
 * @param runningChecksum running checksum of the last frame
 * @param databaseChecksum checksum of the whole database, as the commit stated it; 0: not stated,
 *     also where the segment was recovered after a crash, since no frame carries it
 * @param part which part of a snapshot the segment is, if it ends here; not known after a crash
 */
public record CommitPoint(
    int frames,
    long lastFrameNo,
    int sizePages,
    int runningChecksum,
    long databaseChecksum,
    SnapshotPart part) {}

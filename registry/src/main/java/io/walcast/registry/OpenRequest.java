package io.walcast.registry;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@link WalRegistry#open} needs to know.
 *
 * @param walDirectory where the segments are; created if missing
 * @param target what segments are folded into; its position says what has been folded. The registry
 *     closes it with the log, and when opening fails
 * @param pageSize page size in bytes
 * @param epoch fencing token under which new segments are written, unsigned; not below that of the
 *     log so far
 * @param start where a <em>new</em> log begins: segments of any other log are removed. Empty: the
 *     log goes on from its segments or the target's position
 * @param recoverUpToFrameNo an unsealed segment is cut back to the last whole transaction that ends
 *     at or below it; {@link Long#MAX_VALUE}: to its last whole transaction. The cut is durable
 *     only where sealing syncs ({@link RegistryOptions#syncOnSeal}): else a power cut can bring
 *     back what was cut off, so the caller has to ask for the same cut again until something newer
 *     is durable
 * @param minimumNextFrameNo no new frame gets a lower number, even if the disk has lost some
 * @param listener told of checkpoints
 */
public record OpenRequest(
    Path walDirectory,
    CheckpointTarget target,
    int pageSize,
    int epoch,
    Optional<LogStart> start,
    long recoverUpToFrameNo,
    long minimumNextFrameNo,
    CheckpointListener listener) {}

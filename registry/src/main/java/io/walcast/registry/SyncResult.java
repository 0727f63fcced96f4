package io.walcast.registry;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.Optional;

/**
 * What a sync did to one namespace.
 *
 * @param namespace the namespace
 * @param beforeFrameNo last committed frame before
 * @param afterFrameNo last committed frame after; the same where there was nothing to get
 * @param pages how many pages came out of storage
 * @param failure why the log is not up to date; empty if it is
 */
public record SyncResult(
    Namespace namespace,
    long beforeFrameNo,
    long afterFrameNo,
    long pages,
    Optional<IOException> failure) {}

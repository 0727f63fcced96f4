package io.walcast.registry;

import io.walcast.transaction.WriterLimits;
import java.time.Duration;

/**
 * How a registry works.
 *
 * @param swapPolicy when {@link SharedWal#swapIfDue} swaps
 * @param syncOnSeal whether a segment is made durable before it is handed to storage. Needed where
 *     a frame number must not be used twice; a replica, which gets its segments again, does without
 * @param checkpointBytes about how many bytes of segments are folded in one transaction; one
 *     segment is always folded whole
 * @param shutdownConcurrency how many namespaces are shut down at a time
 * @param shutdownWait how long the shutdown waits for each namespace's open write transaction;
 *     after that the segment is left unsealed, to be recovered when it is opened next
 * @param writerLimits how long writers wait, and how long the place is kept for a reader whose
 *     upgrade has to be tried again
 */
public record RegistryOptions(
    SwapPolicy swapPolicy,
    boolean syncOnSeal,
    long checkpointBytes,
    int shutdownConcurrency,
    Duration shutdownWait,
    WriterLimits writerLimits) {

  /** Standard policy, synced, 64 MiB, 8 at a time, 30 seconds, default limits. */
  public static RegistryOptions defaults() {
    return new RegistryOptions(
        SwapPolicy.standard(), true, 64L << 20, 8, Duration.ofSeconds(30), WriterLimits.defaults());
  }

  /** The same with another policy. */
  public RegistryOptions withSwapPolicy(SwapPolicy policy) {
    return new RegistryOptions(
        policy, syncOnSeal, checkpointBytes, shutdownConcurrency, shutdownWait, writerLimits);
  }

  /** The same with or without syncing. */
  public RegistryOptions withSyncOnSeal(boolean sync) {
    return new RegistryOptions(
        swapPolicy, sync, checkpointBytes, shutdownConcurrency, shutdownWait, writerLimits);
  }

  /** The same with another size of checkpoints, in bytes. */
  public RegistryOptions withCheckpointBytes(long bytes) {
    return new RegistryOptions(
        swapPolicy, syncOnSeal, bytes, shutdownConcurrency, shutdownWait, writerLimits);
  }

  /** The same with other limits for writers. */
  public RegistryOptions withWriterLimits(WriterLimits limits) {
    return new RegistryOptions(
        swapPolicy, syncOnSeal, checkpointBytes, shutdownConcurrency, shutdownWait, limits);
  }
}

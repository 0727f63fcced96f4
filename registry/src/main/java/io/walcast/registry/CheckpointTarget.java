package io.walcast.registry;

import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What the oldest sealed segments of one namespace are folded into. One checkpoint at a time per
 * target; {@link #readPage} may run beside it.
 */
public interface CheckpointTarget extends Closeable {

  /**
   * What has been folded so far, exactly, whatever crash came before; empty when there is no
   * database yet.
   */
  Optional<LogPosition> position() throws IOException;

  /**
   * Folds a run of consecutive segments, oldest first, as one transaction: all or nothing. A run
   * that ends at or below {@link #position} has no effect.
   */
  void fold(List<SealedSegment> run) throws IOException;

  /**
   * Reads a page as of the last fold.
   *
   * @throws IOException also when this target's pages cannot be read through the registry
   */
  void readPage(int pageNo, ByteBuffer target) throws IOException;

  /**
   * Whether a fold that a power cut has cut off is repaired from the segments. Then they have to be
   * synced ({@link RegistryOptions#syncOnSeal}), which an opening checks, and those folded before
   * are gone for good when a fold begins: what is left is what the repair begins with.
   */
  default boolean recoversFromSegments() {
    return false;
  }

  /** Makes all folds so far durable. */
  void force() throws IOException;
}

package io.walcast.benchmarks;

import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** A target that costs nothing: what is folded into it is gone. */
final class NoTarget implements CheckpointTarget {

  @Override
  public Optional<LogPosition> position() {
    return Optional.empty();
  }

  @Override
  public void fold(List<SealedSegment> run) {
    // gone
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    throw new IOException("page " + pageNo + " is gone");
  }

  @Override
  public void force() {
    // nothing to force
  }

  @Override
  public void close() {
    // nothing is open
  }
}

package io.walcast.testing;

import io.walcast.transaction.LogView;
import io.walcast.transaction.SnapshotSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/** What a log looks like, one moment after the other. */
public final class ScriptedViews implements SnapshotSource {

  private final Deque<LogView> left;

  public ScriptedViews(LogView... views) {
    left = new ArrayDeque<>(List.of(views));
  }

  /** What nobody has looked at. */
  public Collection<LogView> left() {
    return left;
  }

  @Override
  public LogView view() {
    return left.remove();
  }

  @Override
  public void readCheckpointed(int pageNo, ByteBuffer target) throws IOException {
    throw new IOException("no page " + pageNo);
  }

  @Override
  public void unpinned(LogView view) {
    // nobody checkpoints
  }

  @Override
  public void committed(long frameNo) {
    // nobody waits
  }
}

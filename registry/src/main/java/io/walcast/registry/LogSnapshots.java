package io.walcast.registry;

import io.walcast.segment.Namespace;
import io.walcast.transaction.LogView;
import io.walcast.transaction.SnapshotSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What the transactions see of one open log, and whom they tell. Thread-safe. */
final class LogSnapshots implements SnapshotSource {

  private final Namespace namespace;
  private final LogSegments segments;
  private final CheckpointTarget target;
  private final CheckpointNotifier notifier;
  private final FrameListeners listeners;

  LogSnapshots(
      Namespace namespace,
      LogSegments segments,
      CheckpointTarget target,
      CheckpointNotifier notifier,
      FrameListeners listeners) {
    this.namespace = namespace;
    this.segments = segments;
    this.target = target;
    this.notifier = notifier;
    this.listeners = listeners;
  }

  @Override
  public LogView view() throws IOException {
    segments.checkOpen();
    return segments.view();
  }

  /** Not of a closed log: its segments are out of reach, and the target lacks what they hold. */
  @Override
  public void readCheckpointed(int pageNo, ByteBuffer page) throws IOException {
    segments.checkOpen();
    target.readPage(pageNo, page);
  }

  /** Only what has been sealed since can have been kept from a checkpoint. */
  @Override
  public void unpinned(LogView view) {
    LogView now = segments.view();
    if (now.current() != view.current() && !now.tail().isEmpty()) {
      notifier.checkpointDue(namespace);
    }
  }

  @Override
  public void committed(long frameNo) {
    listeners.committed(frameNo);
  }
}

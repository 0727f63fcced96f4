package io.walcast.transaction;

import io.walcast.segment.Namespace;
import java.io.IOException;

/**
 * A snapshot cannot become a write transaction, because something was committed after it was taken.
 * The writer's place is reserved for its {@linkplain ReadTransaction#renew renewal}.
 */
public final class BusySnapshotException extends IOException {

  /** Names the log, the snapshot and what was committed since. */
  BusySnapshotException(Namespace namespace, long snapshotFrameNo, long committedFrameNo) {
    super(
        namespace
            + ": frame "
            + committedFrameNo
            + " is committed, the snapshot ends at frame "
            + snapshotFrameNo);
  }
}

package io.walcast.transaction;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What a transaction needs of its log. Thread-safe. */
public interface SnapshotSource {

  /**
   * The segments as they are now.
   *
   * @throws IOException if the log is closed
   */
  LogView view() throws IOException;

  /** Reads a page that no segment holds from the checkpoint target. */
  void readCheckpointed(int pageNo, ByteBuffer target) throws IOException;

  /**
   * Told when the last snapshot that ended in a segment is given up.
   *
   * @param view what was seen by that snapshot, whose current segment it is
   */
  void unpinned(LogView view);

  /**
   * Told of each commit, by the thread that made it, in the order of the commits.
   *
   * @param frameNo last frame committed
   */
  void committed(long frameNo);
}

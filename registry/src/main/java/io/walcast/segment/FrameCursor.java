package io.walcast.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Frames one after the other. For one thread at a time; closed by who opened it. */
public interface FrameCursor extends Closeable {

  /**
   * Goes to the next frame, at first to the first.
   *
   * @return whether there is one
   * @throws IOException if it cannot be read or is damaged
   */
  boolean next() throws IOException;

  /** Number of the frame. */
  long frameNo();

  /** Number of its page. */
  int pageNo();

  /** The page, one page from its position to its limit; good until the cursor moves. */
  ByteBuffer page();
}

package io.walcast.capture;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes pages on their way into the log. */
@FunctionalInterface
interface PageSink {

  /** Takes a page over; a later version of it replaces it. */
  void insert(int pageNo, ByteBuffer page) throws IOException;
}

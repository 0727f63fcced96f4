package io.walcast.connector.source;

import java.io.Closeable;
import java.io.IOException;

/**
 * One database under capture, as the {@link CaptureLoop} sees it. Used by the loop's thread; {@link
 * #status} and {@link #durableFrameNo} by any.
 */
interface WatchedDatabase extends Closeable {

  /**
   * Looks once and captures what is new.
   *
   * @return whether the next look should come within a fraction of a millisecond
   * @throws IOException naming the file, if this look failed; it is repeated after a while
   */
  boolean poll() throws IOException;

  /** Whether nothing has happened for long, so that a rare {@link #poll} does. */
  boolean isResting();

  /** Something happened to its files, or may have: the next {@link #poll} looks there. */
  void lookSoon();

  /** Every page is to be published anew, as soon as the database can be read. For any thread. */
  void requestSnapshot();

  /** Whether its file is gone, and what that means for one that is found in its place. */
  default Presence presence() {
    return Presence.CAPTURED;
  }

  /** What is known of it now. */
  DatabaseStatus status();

  /** Last frame number that Kafka is known to have; 0 if none is. For any thread. */
  long durableFrameNo();
}

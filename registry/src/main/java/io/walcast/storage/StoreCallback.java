package io.walcast.storage;

import java.io.IOException;

/** Told what became of a segment that was handed over for storing. Called from any thread. */
@FunctionalInterface
public interface StoreCallback {

  /**
   * Everything of the log up to here is durable. May be told the same or an older number again.
   * Must not block.
   */
  void durable(long frameNo);

  /** Storing failed and will be tried again, at the latest when the log is opened next. */
  default void failed(IOException cause) {
    // the storage has logged it
  }
}

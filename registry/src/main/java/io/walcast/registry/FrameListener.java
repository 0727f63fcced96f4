package io.walcast.registry;

/**
 * Told of the commits of one log, instead of a thread that waits for them.
 *
 * <p>Called by the thread that commits, before the next writer gets its turn: so in order, and an
 * implementation neither blocks nor writes to the log. It may take snapshots.
 */
public interface FrameListener {

  /**
   * Something was committed and can be read.
   *
   * @param frameNo last frame committed; rises from call to call
   */
  void committed(long frameNo);

  /** The log was closed; no call comes after this one, but for one that has begun already. */
  default void closed() {
    // of no interest to most
  }
}

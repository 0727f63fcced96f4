package io.walcast.testkit.fuzz;

import java.util.List;

/**
 * A decoder with what must hold for any input. Implementations have a constructor without
 * arguments. Used by one thread.
 */
public interface FuzzTarget {

  /** Valid inputs, made by the encoders, that the fuzzer starts from; small ones do best. */
  List<byte[]> seeds() throws Exception;

  /**
   * Decodes an input; throws when the decoder does what it must not. What the decoder is declared
   * to throw is no failure.
   *
   * @param input not changed
   */
  void accept(byte[] input) throws Exception;
}

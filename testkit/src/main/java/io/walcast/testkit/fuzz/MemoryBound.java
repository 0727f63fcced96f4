package io.walcast.testkit.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;

/**
 * How much heap a decoder may allocate for an input, counted by the JVM for the calling thread.
 * Memory outside the heap is not counted. Stateless; any thread.
 *
 * @param fixedBytes whatever the input
 * @param bytesPerInputByte on top, for each byte of it
 */
public record MemoryBound(long fixedBytes, long bytesPerInputByte) {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * Runs a decoder, and once more where it allocates too much: the first run may have loaded
   * classes.
   *
   * @throws AssertionError if it allocates too much again
   */
  public <T> T hold(int inputBytes, Callable<T> decoder) throws Exception {
    long most = fixedBytes + bytesPerInputByte * inputBytes;
    long before = allocated();
    T result = decoder.call();
    if (allocated() - before <= most) {
      return result;
    }
    before = allocated();
    decoder.call();
    long used = allocated() - before;
    if (used > most) {
      throw new AssertionError(
          used + " bytes allocated for an input of " + inputBytes + ", " + most + " allowed");
    }
    return result;
  }

  private static long allocated() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}

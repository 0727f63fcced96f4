package io.walcast.io;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;

/**
 * Keeps the fault of a mapped file that was cut short where it belongs.
 *
 * <p>To touch memory behind the end of the file is a bus error, of which the JVM makes an {@link
 * InternalError}. It does not throw it there but when the thread next enters the runtime: in
 * compiled code long after the access, in a part of the program that knows nothing of the file.
 * {@link #surface} enters the runtime. Stateless; any thread.
 */
public final class MappedFaults {

  /** Something that touches mapped memory. */
  @FunctionalInterface
  public interface Access<T> {
    T run() throws IOException;
  }

  // Unknown to the compilers, so that each of them leaves the array below to the runtime.
  private static volatile int one = 1;

  private MappedFaults() {}

  /**
   * Throws what an earlier access of this thread has caused. Costs some 200 ns.
   *
   * @throws InternalError if there was a fault
   */
  public static void surface() {
    Reference.reachabilityFence(new byte[one][one][]);
  }

  /**
   * Runs an access so that its fault is a failure like others. What it returned is not to be
   * trusted then, nor what else it threw.
   *
   * @param file named by the message
   * @throws MappedFileCutException if there was a fault; only a new mapping helps
   */
  public static <T> T guard(Path file, Access<T> access) throws IOException {
    try {
      try {
        return access.run();
      } finally {
        surface();
      }
    } catch (InternalError e) {
      throw new MappedFileCutException(file, e);
    }
  }
}

package io.walcast.registry;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Closes several things, each of them even if another fails. */
final class Closing {

  private Closing() {}

  /**
   * Closes all, in order.
   *
   * @throws IOException the first failure, with the others suppressed
   */
  static void all(List<? extends Closeable> open) throws IOException {
    IOException failure = null;
    for (Closeable each : open) {
      try {
        each.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

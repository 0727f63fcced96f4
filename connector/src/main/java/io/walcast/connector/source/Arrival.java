package io.walcast.connector.source;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Databases that were found and are not watched yet. Connect is asked for their offsets in a thread
 * that ends with this: while Kafka is away the answer can take for ever, and capture must go on.
 */
final class Arrival {

  private final Map<Namespace, Path> paths;
  private final Thread thread;
  private Map<Namespace, WatchedDatabase> watched;
  private Throwable failure;
  private volatile boolean over; // publishes the two above

  /**
   * Asks nothing yet.
   *
   * @param whenOver run by the thread at its end
   */
  Arrival(
      String threadName,
      CaptureLoop.Watching watching,
      Map<Namespace, Path> paths,
      Runnable whenOver) {
    this.paths = Map.copyOf(paths);
    this.thread = new Thread(() -> run(watching, whenOver), threadName);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run(CaptureLoop.Watching watching, Runnable whenOver) {
    try {
      watched = watching.watch(paths);
    } catch (Throwable e) { // handed to the loop
      failure = e;
    }
    over = true;
    whenOver.run();
  }

  boolean isOver() {
    return over;
  }

  /** Nobody waits for it any more. */
  void abandon() {
    thread.interrupt();
  }

  Path path(Namespace namespace) {
    return paths.get(namespace);
  }

  /**
   * What can be watched now; call it when it is over.
   *
   * @throws IOException if Connect could not tell the offsets
   */
  Map<Namespace, WatchedDatabase> databases() throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    } else if (failure instanceof RuntimeException e) {
      throw e;
    } else if (failure instanceof Error e) {
      throw e;
    }
    return watched;
  }
}

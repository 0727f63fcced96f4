package io.walcast.io;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Syncs a file in a thread of its own, so that the sync that is waited for later finds little left
 * to write. Nothing is durable because of it. But a failure of it is a failed sync, which the
 * system tells of only once: so whoever syncs next {@linkplain #settle asks for it} first.
 *
 * <p>One thread does it for all files of the process; while it is busy nothing more begins. It ends
 * when there has been nothing to do for a while. Thread-safe.
 */
final class BackgroundSync {

  /** What a sync does. */
  @FunctionalInterface
  interface Sync {
    void run() throws IOException;
  }

  private static final long IDLE_SECONDS = 5;
  private static final Executor THREAD =
      new ThreadPoolExecutor(
          0, 1, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), BackgroundSync::thread);

  private final Sync sync;
  private boolean running;
  private IOException failure; // null: none that nobody knows of

  BackgroundSync(Sync sync) {
    this.sync = sync;
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "walcast-background-sync");
    thread.setDaemon(true);
    return thread;
  }

  /** Begins a sync, if the thread is free and none has failed since the last settling. */
  synchronized void begin() {
    if (running || failure != null) {
      return;
    }
    try {
      running = true;
      THREAD.execute(this::run);
    } catch (RejectedExecutionException e) { // busy: the sync that is waited for does it all
      running = false;
    }
  }

  private void run() {
    IOException failed = new IOException("a background sync ended early");
    try {
      sync.run();
      failed = null;
    } catch (IOException e) {
      failed = e;
    } finally {
      ended(failed);
    }
  }

  private synchronized void ended(IOException failed) {
    running = false;
    failure = failed;
    notifyAll();
  }

  /**
   * Waits for a sync that has begun.
   *
   * @throws IOException if it failed; once
   */
  synchronized void settle() throws IOException {
    boolean interrupted = false;
    while (running) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true; // a sync ends soon, and its file must not be closed under it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    IOException failed = failure;
    failure = null;
    if (failed != null) {
      throw failed;
    }
  }
}

package io.walcast.registry;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the same to many logs, a bounded number at a time, in threads that live only as long. */
final class BoundedRun {

  /** What is done to each. */
  @FunctionalInterface
  interface Action {
    void run(SharedWal wal) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(BoundedRun.class);

  private final String threadName;
  private final int concurrency;

  BoundedRun(String threadName, int concurrency) {
    this.threadName = threadName;
    this.concurrency = concurrency;
  }

  /** Returns when all are done; a failure is logged with its namespace. */
  void forEach(List<SharedWal> wals, Action action) {
    Queue<SharedWal> queue = new ConcurrentLinkedQueue<>(wals);
    int threads = Math.min(concurrency, wals.size());
    CountDownLatch running = new CountDownLatch(threads);
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  drain(queue, action);
                } finally {
                  running.countDown();
                }
              },
              threadName + "-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    boolean interrupted = false;
    while (running.getCount() > 0) {
      try {
        running.await();
      } catch (InterruptedException e) {
        interrupted = true; // a shutdown half done would be worse than a late one
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void drain(Queue<SharedWal> queue, Action action) {
    for (SharedWal wal = queue.poll(); wal != null; wal = queue.poll()) {
      try {
        action.run(wal);
      } catch (IOException | RuntimeException e) {
        LOG.error("{}: error in {}", wal.namespace(), threadName, e);
      }
    }
  }
}

package io.walcast.connector.sink;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the syncs of a task have done since it started. Thread-safe. */
final class SyncFigures {

  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong readBytes = new AtomicLong();
  private final AtomicLong pages = new AtomicLong();

  void begun() {
    running.incrementAndGet();
  }

  void ended(SyncJob.Outcome outcome) {
    running.decrementAndGet();
    if (outcome.problem() != null) {
      failed.incrementAndGet();
    }
  }

  void read(long bytes) {
    readBytes.addAndGet(bytes);
    done.incrementAndGet();
  }

  /** A sync has read one more page. */
  void page() {
    pages.incrementAndGet();
  }

  /** Pages that syncs have read, those that are running and those that failed included. */
  long pages() {
    return pages.get();
  }

  /** Syncs that are being planned or read now. */
  int running() {
    return running.get();
  }

  /** Syncs that have read all they wanted. */
  long done() {
    return done.get();
  }

  /** Attempts that have not. */
  long failed() {
    return failed.get();
  }

  /** Bytes that the syncs that are done had from the brokers. */
  long readBytes() {
    return readBytes.get();
  }
}

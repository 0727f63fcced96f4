package io.walcast.io;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that several files share. Thread-safe. */
final class MemoryBudget {

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();

  MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Takes bytes, unless there are not so many left. */
  boolean tryTake(long bytes) {
    long before;
    do {
      before = used.get();
      if (bytes > limit - before) {
        refusals.incrementAndGet();
        return false;
      }
    } while (!used.compareAndSet(before, before + bytes));
    return true;
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }

  long refusals() {
    return refusals.get();
  }
}

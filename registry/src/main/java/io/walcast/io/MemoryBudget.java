package io.walcast.io;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that several may share. Thread-safe. */
public final class MemoryBudget {

  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** None is taken yet. */
  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Takes bytes, unless there are not so many left. */
  public boolean tryTake(long bytes) {
    long before;
    do {
      before = used.get();
      if (bytes > limit - before) {
        return false;
      }
    } while (!used.compareAndSet(before, before + bytes));
    return true;
  }

  /** Undoes {@link #tryTake}. */
  public void giveBack(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Bytes taken now. */
  public long used() {
    return used.get();
  }
}

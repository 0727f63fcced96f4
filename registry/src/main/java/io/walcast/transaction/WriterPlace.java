package io.walcast.transaction;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one place for whoever writes to a log or swaps it, given in the order of asking. Thread-safe;
 * a {@link Turn} may be given up by another thread than took it.
 *
 * <pre>
 *   state      take, tryTake     give          reserve    resume    its time passes   close
 *   free       held              –             –          –         –                 closed
 *   held       in line / none    held or free  reserved   –         –                 closed
 *   reserved   in line / none    held or free  –          held      held or free      closed
 *   closed     IOException       –             –          fails     –                 –
 * </pre>
 *
 * <p>The place is handed to the first in line by whoever gives it up, not left for it to pick up:
 * it is free only where nobody waits, so nobody who comes can go before one who waits.
 *
 * <p>No thread watches the time of a reservation: the first in line does, and whoever comes next.
 */
public final class WriterPlace {

  /** Having the place. Every other turn waits for {@link #give}. */
  public final class Turn {

    private final Thread thread;
    private boolean reserved;
    private long reservedUntil; // by the clock of io, in nanoseconds

    private Turn(Thread thread) {
      this.thread = thread;
    }

    /** Gives the place up; does nothing if that has been done, or a reservation has run out. */
    public void give() {
      lock.lock();
      try {
        if (occupant == this) {
          handOver();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Keeps the place free for {@link #resume}, for a limited time. */
    void reserve() {
      lock.lock();
      try {
        reserved = occupant == this;
        reservedUntil = io.nanoTime() + limits.reservation().toNanos();
        wakeFirst(); // it watches the time
      } finally {
        lock.unlock();
      }
    }

    /** Takes up a reservation; {@code null} if it has run out. */
    Turn resume() {
      lock.lock();
      try {
        dropStaleReservation();
        if (occupant != this) {
          return null;
        }
        occupant = new Turn(Thread.currentThread());
        return occupant;
      } finally {
        lock.unlock();
      }
    }
  }

  /** One in line. */
  private final class Waiter {

    private final Thread thread = Thread.currentThread();
    private final Condition changed = lock.newCondition();
    private Turn turn; // null: not yet
  }

  private final Namespace namespace;
  private final Io io;
  private final WriterLimits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Waiter> line = new ArrayDeque<>(0);
  private Turn occupant; // null: free, and nobody waits unless it is closed
  private boolean closed;

  /** A free place. */
  public WriterPlace(Namespace namespace, Io io, WriterLimits limits) {
    this.namespace = namespace;
    this.io = io;
    this.limits = limits;
  }

  /**
   * Waits in line for the place, within the limit.
   *
   * @throws WriterBusyException if it does not become free in time
   * @throws InterruptedIOException on an interrupt, which stays set
   * @throws IOException if the log is closed
   * @throws IllegalStateException if this thread has the place, and so would wait for itself
   */
  public Turn take() throws IOException {
    return take(limits.inLine());
  }

  /** As {@link #take()}, with another limit. */
  public Turn take(Duration atMost) throws IOException {
    lock.lock();
    try {
      Turn free = takeFree();
      if (free != null) {
        return free;
      }
      if (occupant != null && !occupant.reserved && occupant.thread == Thread.currentThread()) {
        throw new IllegalStateException(namespace + ": this thread has a write transaction open");
      }
      return takeInLine(atMost.toNanos());
    } finally {
      lock.unlock();
    }
  }

  /** Takes the place if it is free and nobody waits for it. */
  public Optional<Turn> tryTake() throws IOException {
    lock.lock();
    try {
      return Optional.ofNullable(takeFree());
    } finally {
      lock.unlock();
    }
  }

  /** Fails everybody who waits and whoever comes; whoever has the place may keep it. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      line.forEach(waiter -> waiter.changed.signal());
    } finally {
      lock.unlock();
    }
  }

  /** How many wait in line. */
  int waiting() {
    lock.lock();
    try {
      return line.size();
    } finally {
      lock.unlock();
    }
  }

  private Turn takeFree() throws IOException {
    checkOpen();
    dropStaleReservation();
    if (occupant != null) {
      return null;
    }
    occupant = new Turn(Thread.currentThread());
    return occupant;
  }

  private Turn takeInLine(long atMostNanos) throws IOException {
    long from = io.nanoTime();
    Waiter waiter = new Waiter();
    line.add(waiter);
    try {
      while (waiter.turn == null) {
        checkOpen();
        long left = atMostNanos - (io.nanoTime() - from);
        if (left <= 0) {
          throw new WriterBusyException(namespace + ": no turn to write; " + occupation());
        }
        await(waiter, left);
        dropStaleReservation();
      }
      return waiter.turn;
    } finally {
      if (waiter.turn == null) {
        line.remove(waiter);
        wakeFirst(); // another one watches the time now
      }
    }
  }

  /** An interrupt does not take back a turn that has been given. */
  private void await(Waiter waiter, long atMostNanos) throws InterruptedIOException {
    long nanos = atMostNanos;
    if (occupant != null && occupant.reserved && line.peek() == waiter) {
      nanos = Math.min(nanos, Math.max(1, occupant.reservedUntil - io.nanoTime()));
    }
    try {
      waiter.changed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (waiter.turn == null) {
        throw new InterruptedIOException(namespace + ": interrupted while waiting to write");
      }
    }
  }

  private String occupation() {
    String what = occupant.reserved ? "reserved by " : "taken by ";
    return what + "thread " + occupant.thread.getName();
  }

  private void dropStaleReservation() {
    if (occupant != null && occupant.reserved && io.nanoTime() - occupant.reservedUntil >= 0) {
      handOver();
    }
  }

  private void handOver() {
    Waiter first = closed ? null : line.poll();
    occupant = null;
    if (first != null) {
      first.turn = new Turn(first.thread);
      occupant = first.turn;
      first.changed.signal();
    }
  }

  private void wakeFirst() {
    Waiter first = line.peek();
    if (first != null) {
      first.changed.signal();
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException(namespace + " is closed");
    }
  }
}

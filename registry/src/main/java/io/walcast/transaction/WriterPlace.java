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
 *   held       in line / none    free, next    reserved   –         –                 closed
 *   reserved   in line / none    free, next    –          held      free, next        closed
 *   closed     IOException       –             –          fails     –                 –
 * </pre>
 *
 * No thread watches the time of a reservation: the first in line does, and whoever comes next.
 */
public final class WriterPlace {

  /** Having the place. Every other turn waits for {@link #give}. */
  public final class Turn {

    private final Thread thread = Thread.currentThread();
    private boolean reserved;
    private long reservedUntil; // by the clock of io, in nanoseconds

    private Turn() {}

    /** Gives the place up; does nothing if that has been done, or a reservation has run out. */
    public void give() {
      lock.lock();
      try {
        if (occupant == this) {
          occupant = null;
          wakeFirst();
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
        occupant = new Turn();
        return occupant;
      } finally {
        lock.unlock();
      }
    }
  }

  private final Namespace namespace;
  private final Io io;
  private final WriterLimits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Condition> line = new ArrayDeque<>(0);
  private Turn occupant; // null: free
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
      line.forEach(Condition::signal);
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
    if (occupant != null || !line.isEmpty()) {
      return null;
    }
    occupant = new Turn();
    return occupant;
  }

  private Turn takeInLine(long atMostNanos) throws IOException {
    long from = io.nanoTime();
    Condition turn = lock.newCondition();
    line.add(turn);
    try {
      while (occupant != null || line.peek() != turn) {
        long left = atMostNanos - (io.nanoTime() - from);
        if (left <= 0) {
          throw new WriterBusyException(namespace + ": no turn to write; " + occupation());
        }
        await(turn, left);
        checkOpen();
        dropStaleReservation();
      }
      occupant = new Turn();
      return occupant;
    } finally {
      line.remove(turn);
      wakeFirst();
    }
  }

  private void await(Condition turn, long atMostNanos) throws InterruptedIOException {
    long nanos = atMostNanos;
    if (occupant != null && occupant.reserved && line.peek() == turn) {
      nanos = Math.min(nanos, Math.max(1, occupant.reservedUntil - io.nanoTime()));
    }
    try {
      turn.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(namespace + ": interrupted while waiting to write");
    }
  }

  private String occupation() {
    if (occupant == null) {
      return "others are before it";
    }
    String what = occupant.reserved ? "reserved by " : "taken by ";
    return what + "thread " + occupant.thread.getName();
  }

  private void dropStaleReservation() {
    if (occupant != null && occupant.reserved && io.nanoTime() - occupant.reservedUntil >= 0) {
      occupant = null;
      wakeFirst();
    }
  }

  private void wakeFirst() {
    Condition first = line.peek();
    if (first != null) {
      first.signal();
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException(namespace + " is closed");
    }
  }
}

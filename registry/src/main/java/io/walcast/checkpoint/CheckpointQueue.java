package io.walcast.checkpoint;

import io.walcast.segment.Namespace;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Whose turn it is to be checkpointed. A namespace that is not known here is at rest.
 *
 * <pre>
 *   state     notified     taken      succeeded        failed    time is over
 *   (rest)    due          –          –                –
 *   due       due          running    –                –
 *   running   again        –          resting, or due  waiting
 *   again     again        –          waiting          waiting
 *   waiting   waiting      –          –                –         due
 *   resting   waiting      –          –                –         (rest)
 * </pre>
 *
 * Who has succeeded waits or rests for {@link CheckpointOptions#rest}; where that is zero, it is
 * due, or at rest, at once. Who has more to do is always due.
 *
 * <p>So notifications coalesce, a namespace never runs twice at a time, and one that fails waits on
 * its own account. Times are monotonic nanoseconds. Not thread-safe.
 */
final class CheckpointQueue {

  private enum State {
    DUE,
    RUNNING,
    AGAIN,
    WAITING,
    RESTING
  }

  private static final class Entry {
    private final Namespace namespace;
    private State state = State.DUE;
    private int failures;
    private long atNanos; // when the wait or rest is over

    private Entry(Namespace namespace) {
      this.namespace = namespace;
    }
  }

  private final long firstRetryNanos;
  private final long longestRetryNanos;
  private final long restNanos;
  private final Map<Namespace, Entry> entries = new HashMap<>();
  private final Deque<Entry> due = new ArrayDeque<>();
  private final PriorityQueue<Entry> waiting =
      new PriorityQueue<>((a, b) -> Long.signum(a.atNanos - b.atNanos));

  CheckpointQueue(CheckpointOptions options) {
    this.firstRetryNanos = options.firstRetry().toNanos();
    this.longestRetryNanos = options.longestRetry().toNanos();
    this.restNanos = options.rest().toNanos();
  }

  void notified(Namespace namespace) {
    Entry entry = entries.get(namespace);
    if (entry == null) {
      entry = new Entry(namespace);
      entries.put(namespace, entry);
      due.add(entry);
    } else if (entry.state == State.RUNNING) {
      entry.state = State.AGAIN;
    } else if (entry.state == State.RESTING) {
      entry.state = State.WAITING;
    }
  }

  /** The next namespace to checkpoint; it is running from here on. */
  Optional<Namespace> take(long nowNanos) {
    while (!waiting.isEmpty() && waiting.peek().atNanos - nowNanos <= 0) {
      endWait(waiting.remove());
    }
    Entry next = due.poll();
    if (next == null) {
      return Optional.empty();
    }
    next.state = State.RUNNING;
    return Optional.of(next.namespace);
  }

  private void endWait(Entry over) {
    if (over.state == State.RESTING) {
      entries.remove(over.namespace);
    } else {
      over.state = State.DUE;
      due.add(over);
    }
  }

  /** Nanoseconds until a wait is over; {@link Long#MAX_VALUE} where nobody waits. */
  long nanosToNextRetry(long nowNanos) {
    return waiting.isEmpty() ? Long.MAX_VALUE : Math.max(0, waiting.peek().atNanos - nowNanos);
  }

  /**
   * A checkpoint is over.
   *
   * @param more whether there is more to do at once
   */
  void succeeded(Namespace namespace, boolean more, long nowNanos) {
    Entry entry = entries.get(namespace);
    entry.failures = 0;
    boolean again = entry.state == State.AGAIN;
    entry.state = again || more ? State.WAITING : State.RESTING;
    if (more || restNanos == 0) {
      endWait(entry);
    } else {
      entry.atNanos = nowNanos + restNanos;
      waiting.add(entry);
    }
  }

  /** A checkpoint failed; returns how many nanoseconds the namespace waits. */
  long failed(Namespace namespace, long nowNanos) {
    Entry entry = entries.get(namespace);
    long delay = firstRetryNanos;
    for (int i = 0; i < entry.failures && delay < longestRetryNanos; i++) {
      delay *= 2;
    }
    delay = Math.min(delay, longestRetryNanos);
    entry.failures++;
    entry.atNanos = nowNanos + delay;
    entry.state = State.WAITING;
    waiting.add(entry);
    return delay;
  }
}

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
 *   state     notified     taken      succeeded        failed
 *   (rest)    due          –          –                –
 *   due       due          running    –                –
 *   running   again        –          (rest), or due   waiting
 *   again     again        –          due              waiting
 *   waiting   waiting      running, once the wait is over
 * </pre>
 *
 * So notifications coalesce, a namespace never runs twice at a time, and one that fails waits on
 * its own account. Times are monotonic nanoseconds. Not thread-safe.
 */
final class CheckpointQueue {

  private enum State {
    DUE,
    RUNNING,
    AGAIN,
    WAITING
  }

  private static final class Entry {
    private final Namespace namespace;
    private State state = State.DUE;
    private int failures;
    private long retryAtNanos;

    private Entry(Namespace namespace) {
      this.namespace = namespace;
    }
  }

  private final long firstRetryNanos;
  private final long longestRetryNanos;
  private final Map<Namespace, Entry> entries = new HashMap<>();
  private final Deque<Entry> due = new ArrayDeque<>();
  private final PriorityQueue<Entry> waiting =
      new PriorityQueue<>((a, b) -> Long.signum(a.retryAtNanos - b.retryAtNanos));

  CheckpointQueue(CheckpointOptions options) {
    this.firstRetryNanos = options.firstRetry().toNanos();
    this.longestRetryNanos = options.longestRetry().toNanos();
  }

  void notified(Namespace namespace) {
    Entry entry = entries.get(namespace);
    if (entry == null) {
      entry = new Entry(namespace);
      entries.put(namespace, entry);
      due.add(entry);
    } else if (entry.state == State.RUNNING) {
      entry.state = State.AGAIN;
    }
  }

  /** The next namespace to checkpoint; it is running from here on. */
  Optional<Namespace> take(long nowNanos) {
    while (!waiting.isEmpty() && waiting.peek().retryAtNanos - nowNanos <= 0) {
      Entry over = waiting.remove();
      over.state = State.DUE;
      due.add(over);
    }
    Entry next = due.poll();
    if (next == null) {
      return Optional.empty();
    }
    next.state = State.RUNNING;
    return Optional.of(next.namespace);
  }

  /** Nanoseconds until a wait is over; {@link Long#MAX_VALUE} where nobody waits. */
  long nanosToNextRetry(long nowNanos) {
    return waiting.isEmpty() ? Long.MAX_VALUE : Math.max(0, waiting.peek().retryAtNanos - nowNanos);
  }

  /**
   * A checkpoint is over.
   *
   * @param more whether there is more to do at once
   */
  void succeeded(Namespace namespace, boolean more) {
    Entry entry = entries.get(namespace);
    entry.failures = 0;
    if (more || entry.state == State.AGAIN) {
      entry.state = State.DUE;
      due.add(entry);
    } else {
      entries.remove(namespace);
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
    entry.retryAtNanos = nowNanos + delay;
    entry.state = State.WAITING;
    waiting.add(entry);
    return delay;
  }
}

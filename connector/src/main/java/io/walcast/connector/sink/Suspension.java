package io.walcast.connector.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether a replica cannot go on for a reason that is not in its frames: a full disk, files still
 * owned by another task, folds that fail. While it is suspended its records are passed over and
 * kept from being committed. When it is worth trying again, the partition is read again from the
 * first of them. Other namespaces of the partition go on meanwhile, and then skip what they have.
 *
 * <p>Waits 250 ms, then twice as long each time, 30 s at most. Used by the task's thread only.
 */
final class Suspension {

  static final long FIRST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(250);
  static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(30);

  private final PartitionProgress progress;
  private final LongSupplier nanoClock;
  private boolean active;
  private String reason = "";
  private List<PartitionProgress.Hold> from = new ArrayList<>();
  private List<PartitionProgress.Hold> rewinding = List.of();
  private long retryAtNs;
  private int attempts;

  Suspension(PartitionProgress progress, LongSupplier nanoClock) {
    this.progress = progress;
    this.nanoClock = nanoClock;
  }

  boolean isActive() {
    return active;
  }

  /** Why, or empty when not suspended. */
  String reason() {
    return reason;
  }

  /**
   * Suspends, or goes on being suspended for longer.
   *
   * @param why for messages
   * @param needed holds on records to read again, taken over; may be none, then it is the next one
   *     that is passed over
   */
  void suspend(String why, List<PartitionProgress.Hold> needed) {
    active = true;
    reason = why;
    from.addAll(needed);
    long waitNs = FIRST_WAIT_NS << Math.min(attempts, 10);
    attempts++;
    retryAtNs = nanoClock.getAsLong() + Math.min(waitNs, LONGEST_WAIT_NS);
  }

  /** A record came while suspended: the first one of each partition says where to read again. */
  void passOver(RecordOrigin origin) {
    boolean known = from.stream().anyMatch(hold -> hold.partition().equals(origin.partition()));
    if (!known) {
      from.add(progress.hold(origin.partition(), origin.offset()));
    }
  }

  /** Whether it is suspended and it is time to try again. */
  boolean isDue() {
    return active && nanoClock.getAsLong() - retryAtNs >= 0;
  }

  /** Ends the suspension; says what to read again, if anything was passed over. */
  List<PartitionProgress.Hold> resume() {
    active = false;
    reason = "";
    rewinding = from;
    from = new ArrayList<>();
    return rewinding;
  }

  /** The consumer reads again from where {@link #resume} said: records hold for themselves now. */
  void rewound() {
    rewinding.forEach(PartitionProgress.Hold::release);
    rewinding = List.of();
  }

  /** A segment came through to the database: the next wait is a short one again. */
  void succeeded() {
    attempts = 0;
  }
}

package io.walcast.connector.sink;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

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
  private boolean syncing;

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
    syncing = false;
    reason = why;
    from.addAll(needed);
    long waitNs = FIRST_WAIT_NS << Math.min(attempts, 10);
    attempts++;
    retryAtNs = nanoClock.getAsLong() + Math.min(waitNs, LONGEST_WAIT_NS);
  }

  /**
   * Suspends until one of the methods is called that end it.
   *
   * @param needed as in {@link #suspend}
   */
  void suspendForSync(String why, List<PartitionProgress.Hold> needed) {
    suspend(why, needed);
    syncing = true;
  }

  /** What to call the state that this is. */
  String state() {
    return syncing ? ReplicaStatus.SYNCING : ReplicaStatus.RETRYING;
  }

  /** A hold, to be released by the caller, that covers all of a partition that is held here. */
  PartitionProgress.Hold oldest(TopicPartition partition) {
    return from.stream()
        .filter(hold -> hold.partition().equals(partition))
        .min(Comparator.comparingLong(PartitionProgress.Hold::offset))
        .map(hold -> progress.hold(partition, hold.offset()))
        .orElseGet(() -> progress.holdAll(partition));
  }

  /** The sync has brought everything before an offset: if anything was passed over, it is read. */
  void endAt(TopicPartition partition, long offset) {
    boolean missed = from.stream().anyMatch(PartitionProgress.Hold::isOnRecord);
    from.forEach(PartitionProgress.Hold::release);
    from = new ArrayList<>();
    if (missed) {
      from.add(progress.hold(partition, offset));
    }
    endWith(List.of());
  }

  /** The sync came to nothing: what was passed over is read, and these, too. */
  void endWith(List<PartitionProgress.Hold> more) {
    from.addAll(more);
    syncing = false;
    retryAtNs = nanoClock.getAsLong();
  }

  /** A record came while suspended: the first one of each partition says where to read again. */
  void passOver(RecordOrigin origin) {
    boolean known =
        from.stream()
            .anyMatch(hold -> hold.isOnRecord() && hold.partition().equals(origin.partition()));
    if (!known) {
      from.add(progress.hold(origin.partition(), origin.offset()));
    }
  }

  /** Whether it is suspended and it is time to try again. */
  boolean isDue() {
    return active && !syncing && nanoClock.getAsLong() - retryAtNs >= 0;
  }

  /** Ends the suspension; says what to read again, if anything was passed over. */
  List<PartitionProgress.Hold> resume() {
    active = false;
    reason = "";
    rewinding = from;
    from = new ArrayList<>();
    return rewinding.stream().filter(PartitionProgress.Hold::isOnRecord).toList();
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

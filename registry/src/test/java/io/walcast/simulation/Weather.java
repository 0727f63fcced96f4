package io.walcast.simulation;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.registry.SwapPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the days of one seed are like: each seed leaves other things out and does others often,
 * since a mixture of everything would hide what needs a little of something.
 *
 * @param pageSize in bytes
 * @param baseSizePages size of the databases before the first frame
 * @param maxSizePages what transactions let them grow by
 * @param steps steps of the scheduler, not counting nested ones
 * @param yieldPerMille how often something else happens inside a call of the disk
 * @param faultPerMille how often such a call fails
 * @param replicas whether there are replicas only: nothing synced, everything durable elsewhere
 * @param powerCuts whether the machine crashes, and not only the process
 * @param checkpointBytes see {@link io.walcast.registry.RegistryOptions}
 * @param rest see {@link CheckpointOptions}
 * @param swapFrames when {@code swapIfDue} swaps
 * @param swapAge the same
 * @param swapWhenIdle the same
 * @param followed whether a database follows another one, if everything else lets it
 * @param weights how likely each {@link Kind} of step is, by its ordinal
 */
record Weather(
    int pageSize,
    int baseSizePages,
    int maxSizePages,
    int steps,
    int yieldPerMille,
    int faultPerMille,
    boolean replicas,
    boolean powerCuts,
    long checkpointBytes,
    Duration rest,
    int swapFrames,
    Duration swapAge,
    boolean swapWhenIdle,
    boolean followed,
    List<Integer> weights) {

  private static final int LOCK_BYTE_OFFSET = 1 << 30;
  private static final List<Integer> RARE_PAGE_SIZES =
      List.of(1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 65_536);

  static Weather of(Dice dice) {
    boolean common = !dice.oneIn(8);
    int pageSize = common ? 512 : dice.pick(RARE_PAGE_SIZES);
    boolean aroundLockByte = !common && dice.oneIn(2);
    int base = aroundLockByte ? LOCK_BYTE_OFFSET / pageSize - 2 : dice.oneIn(4) ? 5 : 0;
    boolean replicas = dice.oneIn(4);
    List<Integer> weights = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      int factor = dice.oneIn(6) ? 0 : dice.between(1, 8);
      weights.add(kind.isNeeded() ? kind.weight() * Math.max(1, factor) : kind.weight() * factor);
    }
    return new Weather(
        pageSize,
        base,
        dice.oneIn(6) ? 40 : dice.between(2, 12),
        dice.between(40, common ? 220 : 100),
        dice.pick(List.of(0, 30, 100, 300, 600)),
        dice.pick(List.of(0, 0, 0, 3, 15, 60)),
        replicas,
        dice.oneIn(2),
        dice.pick(List.of(1L, 20_000L, 1L << 30)),
        dice.oneIn(3) ? Duration.ofMillis(dice.between(1, 30)) : Duration.ZERO,
        dice.between(1, 30),
        Duration.ofMillis(dice.between(1, 50)),
        dice.oneIn(3),
        dice.oneIn(2),
        weights);
  }

  int weight(Kind kind) {
    return weights.get(kind.ordinal());
  }

  /** Whether one database follows another; the power is never cut then. */
  boolean hasFollower() {
    return followed && !powerCuts && !replicas;
  }

  /** The page that nobody writes or reads. */
  int lockBytePage() {
    return LOCK_BYTE_OFFSET / pageSize + 1;
  }

  /** How long the writer's place is kept; time passes by whole milliseconds here. */
  Duration reservation() {
    return Duration.ofMillis(10).plusNanos(500_000);
  }

  /** How checkpoints that failed, or that follow each other, wait. */
  CheckpointOptions checkpoints() {
    return new CheckpointOptions(2, Duration.ofMillis(5), Duration.ofMillis(40), rest);
  }

  SwapPolicy swapPolicy() {
    SwapPolicy policy = SwapPolicy.frameCount(swapFrames).and(SwapPolicy.age(swapAge));
    return swapWhenIdle ? policy.or(SwapPolicy.whenNothingInFlight()) : policy;
  }

  /** What {@link #swapPolicy} has to decide. */
  boolean swapIsDue(int frames, long ageNanos, int inFlight) {
    long ageMs = (ageNanos + 500_000) / 1_000_000; // each look at the clock costs a nanosecond
    boolean old = frames >= swapFrames && ageMs >= swapAge.toMillis();
    return frames > 0 && (old || (swapWhenIdle && inFlight == 0));
  }
}

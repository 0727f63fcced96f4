package io.walcast.connector.simulation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/** All chance of one seed, and a fingerprint of what was asked of it. For one thread. */
final class Dice {

  private final SplittableRandom random;
  private long fingerprint;

  Dice(long seed) {
    random = new SplittableRandom(seed);
  }

  /** A number from 0 to below a bound. */
  int below(int bound) {
    int found = random.nextInt(bound);
    fingerprint = fingerprint * 31 + found;
    return found;
  }

  /** Whether what happens once in so many times happens now. */
  boolean oneIn(int times) {
    return below(times) == 0;
  }

  <T> T pick(List<T> list) {
    return list.get(below(list.size()));
  }

  long anyLong() {
    return random.nextLong();
  }

  UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  long fingerprint() {
    return fingerprint;
  }
}

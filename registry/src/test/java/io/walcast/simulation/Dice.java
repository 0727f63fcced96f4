package io.walcast.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** All chance of one simulation: the same seed throws the same dice. */
final class Dice {

  private final SplittableRandom random;
  private long fingerprint;

  Dice(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** From 0, below {@code bound}. */
  int below(int bound) {
    int thrown = random.nextInt(bound);
    fingerprint = fingerprint * 31 + thrown;
    return thrown;
  }

  /** From {@code low} to {@code high}, both included. */
  int between(int low, int high) {
    return low + below(high - low + 1);
  }

  boolean perMille(int chance) {
    return chance > 0 && below(1000) < chance;
  }

  boolean oneIn(int n) {
    return below(n) == 0;
  }

  long anyLong() {
    return random.nextLong();
  }

  <T> T pick(List<T> from) {
    return from.get(below(from.size()));
  }

  /** Takes note of something seen, so that two runs that differ in it differ in the fingerprint. */
  void note(long seen) {
    fingerprint = fingerprint * 31 + seen;
  }

  /** Differs where two runs have taken different ways. */
  long fingerprint() {
    return fingerprint;
  }
}

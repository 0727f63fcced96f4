package io.walcast.simulation;

/** The kinds of steps, each with how often it comes where the weather has no opinion. */
enum Kind {
  READ(6, true),
  WRITE(10, true),
  INJECT(10, true),
  SWAP(3, true),
  CHECKPOINT(4, true),
  STORAGE(5, true),
  SYNC(3, false),
  FOLLOW(14, true),
  OPEN(8, true),
  CLOSE(1, false),
  SHUTDOWN(1, false),
  CRASH(1, false),
  CLOCK(2, false);

  private final int weight;
  private final boolean needed;

  Kind(int weight, boolean needed) {
    this.weight = weight;
    this.needed = needed;
  }

  int weight() {
    return weight;
  }

  /** Whether nothing at all would come of a seed without it. */
  boolean isNeeded() {
    return needed;
  }
}

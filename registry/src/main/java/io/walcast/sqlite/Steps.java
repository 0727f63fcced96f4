package io.walcast.sqlite;

/**
 * Told each point at which a kill leaves something different behind. Memory-mapped writes do not
 * pass through {@link io.walcast.io.Io}, so tests that stop the process at every step need this.
 */
@FunctionalInterface
interface Steps {

  /** Nobody listens. */
  Steps NONE = step -> {};

  /** The named step has just been taken. */
  void reached(String step);
}

package io.walcast.simulation;

/** Something that must never be was seen. */
final class SimulationFailure extends AssertionError {

  private static final long serialVersionUID = 1;

  SimulationFailure(String message) {
    super(message);
  }

  SimulationFailure(String message, Throwable cause) {
    super(message, cause);
  }

  static void check(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new SimulationFailure(String.format(message, arguments));
    }
  }
}

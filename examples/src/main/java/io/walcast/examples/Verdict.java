package io.walcast.examples;

import java.nio.file.Path;

/**
 * How a run ended. Immutable.
 *
 * @param ok every replica equals its primary
 * @param text what there is to say, without a full stop
 */
record Verdict(boolean ok, String text) {

  static Verdict failed(String text) {
    return new Verdict(false, text);
  }

  int exitCode() {
    return ok ? 0 : 1;
  }

  /** The last line of a run. */
  String line(Path log) {
    return (ok ? "OK: " : "FAILED: ") + text + ". Log: " + log;
  }
}

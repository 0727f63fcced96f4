package io.walcast.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What the steps did, in order; kept only when somebody will read it. */
final class Trace {

  private final List<String> lines = new ArrayList<>();
  private final boolean kept;
  private int depth;

  Trace(boolean kept) {
    this.kept = kept;
  }

  void enter() {
    depth++;
  }

  void leave() {
    depth--;
  }

  void note(Supplier<String> what) {
    if (kept) {
      lines.add("  ".repeat(depth) + what.get());
    }
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}

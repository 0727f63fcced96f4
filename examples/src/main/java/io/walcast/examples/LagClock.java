package io.walcast.examples;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells how long the oldest frame that a replica lacks has been captured, from regular looks at the
 * frame numbers; as exact as the looks are frequent. Used by one thread.
 */
final class LagClock {
  private record Look(long atNs, long committedFrame) {}

  /** For each namespace the looks at which its committed frame had risen, oldest first. */
  private final Map<String, Deque<Look>> rises = new HashMap<>();

  /** Takes note of a look and gives the lag at it. */
  long lagMs(NamespaceStatus status, long nowNs) {
    Deque<Look> looks = rises.computeIfAbsent(status.namespace(), name -> new ArrayDeque<>());
    if (looks.isEmpty() || looks.peekLast().committedFrame() < status.committedFrame()) {
      looks.addLast(new Look(nowNs, status.committedFrame()));
    }
    while (looks.size() > 1 && looks.peekFirst().committedFrame() <= status.appliedFrame()) {
      looks.removeFirst();
    }
    Look oldest = looks.peekFirst();
    return oldest.committedFrame() <= status.appliedFrame() || !status.isMoving()
        ? 0
        : Math.max(0, (nowNs - oldest.atNs()) / 1_000_000);
  }
}

package io.walcast.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Waits until the replicas of some namespaces hold everything that was committed when the wait
 * began. There is no limit on the time as long as frames move. Used by one thread.
 */
final class CatchUp {
  private static final long LOOK_INTERVAL_MS = 20;

  /** A database may be locked for a moment, so a refusal has to last to count. */
  private static final Duration REFUSAL_PATIENCE = Duration.ofSeconds(5);

  /** How long nothing at all moves before a replica that nothing is sent to counts as complete. */
  private static final Duration QUIET_PATIENCE = Duration.ofSeconds(3);

  private static final Duration STANDSTILL_PATIENCE = Duration.ofSeconds(60);

  /** What a wait looks at. */
  interface Progress {
    /** The newest look at every namespace. */
    List<NamespaceStatus> status();

    /**
     * Does nothing while all is well.
     *
     * @throws IOException when a connector has failed
     */
    void check() throws IOException;
  }

  private final Progress progress;
  private final Map<String, Long> targets = new HashMap<>();
  private final Map<String, Long> stuckSinceNs = new HashMap<>();
  private final Map<String, String> failures = new TreeMap<>();
  private final Set<String> waiting = new TreeSet<>();
  private long movedAtNs;
  private long frames;

  CatchUp(Progress progress, Set<String> namespaces) {
    this.progress = progress;
    waiting.addAll(namespaces);
  }

  /**
   * Waits.
   *
   * @return why some namespaces will not make it; empty if all did
   * @throws IOException when a connector has failed
   */
  Map<String, String> await() throws IOException, InterruptedException {
    movedAtNs = System.nanoTime();
    while (true) {
      long nowNs = System.nanoTime();
      List<NamespaceStatus> seen = progress.status();
      Map<String, NamespaceStatus> byName =
          seen.stream().collect(Collectors.toMap(NamespaceStatus::namespace, Function.identity()));
      waiting.removeIf(namespace -> isSettled(namespace, byName.get(namespace), nowNs));
      if (waiting.isEmpty()) {
        return failures;
      }
      noteMovement(seen, nowNs);
      if (nowNs - movedAtNs > STANDSTILL_PATIENCE.toNanos()) {
        waiting.forEach(namespace -> failures.put(namespace, standstill(byName.get(namespace))));
        return failures;
      }
      progress.check();
      Thread.sleep(LOOK_INTERVAL_MS);
    }
  }

  private boolean isSettled(String namespace, NamespaceStatus status, long nowNs) {
    if (status == null) {
      return false;
    }
    if (!targets.containsKey(namespace) && status.isCaptured()) {
      targets.put(namespace, status.committedFrame());
    }
    if (targets.containsKey(namespace) && status.appliedFrame() >= targets.get(namespace)) {
      return true;
    }
    if (targets.containsKey(namespace)
        && !status.isMoving()
        && nowNs - movedAtNs > QUIET_PATIENCE.toNanos()) {
      // Nothing has changed since an earlier run. Whether that run got it all, a comparison tells.
      return true;
    }
    if (status.isRefused() || status.sinkState().equals("QUARANTINED")) {
      long sinceNs = stuckSinceNs.computeIfAbsent(namespace, name -> nowNs);
      if (nowNs - sinceNs > REFUSAL_PATIENCE.toNanos()) {
        failures.put(
            namespace,
            (status.isRefused() ? status.sourceState() : status.sinkState())
                + ": "
                + status.reason());
        return true;
      }
    } else {
      stuckSinceNs.remove(namespace);
    }
    return false;
  }

  private void noteMovement(List<NamespaceStatus> seen, long nowNs) {
    long now =
        seen.stream().mapToLong(status -> status.committedFrame() + status.durableFrame()).sum();
    now += seen.stream().mapToLong(NamespaceStatus::appliedFrame).sum();
    if (now != frames) {
      frames = now;
      movedAtNs = nowNs;
    }
  }

  private static String standstill(NamespaceStatus status) {
    String since = "nothing has moved for " + STANDSTILL_PATIENCE.toSeconds() + " s";
    if (status == null) {
      return since + ": the source does not report this database";
    }
    return since
        + ": committed "
        + status.committedFrame()
        + ", published "
        + status.durableFrame()
        + ", applied "
        + status.appliedFrame()
        + (status.reason().isEmpty() ? "" : "; " + status.reason());
  }
}

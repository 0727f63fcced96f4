package io.walcast.examples;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the connectors many times a second and shows what it sees: every second on a terminal,
 * every few seconds elsewhere. {@link #latest} may be called by any thread.
 */
final class LiveStatus implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveStatus.class);
  private static final long LOOK_INTERVAL_MS = 50;
  private static final long DRAW_INTERVAL_NS = 1_000_000_000L;
  private static final long PRINT_INTERVAL_NS = 3_000_000_000L;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "quickstart-status");
            thread.setDaemon(true);
            return thread;
          });
  private final ConnectorBeans beans;
  private final Console console;
  private final LagClock clock = new LagClock();
  private volatile List<NamespaceStatus> latest = List.of();
  private volatile boolean shown;
  private long lastShownNs = System.nanoTime();

  LiveStatus(ConnectorBeans beans, Console console) {
    this.beans = beans;
    this.console = console;
  }

  void start() {
    timer.scheduleWithFixedDelay(this::look, 0, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
  }

  /** What the last look saw, by namespace. */
  List<NamespaceStatus> latest() {
    return latest;
  }

  void show() {
    shown = true;
  }

  /** Shows the state once more and then no longer. */
  void hide() {
    if (shown) {
      shown = false;
      print(latest);
    }
  }

  private void look() {
    try {
      long nowNs = System.nanoTime();
      List<NamespaceStatus> seen =
          beans.read().stream()
              .map(status -> status.withLagMs(clock.lagMs(status, nowNs)))
              .toList();
      latest = seen;
      long intervalNs = console.isTerminal() ? DRAW_INTERVAL_NS : PRINT_INTERVAL_NS;
      if (shown && nowNs - lastShownNs >= intervalNs) {
        lastShownNs = nowNs;
        print(seen);
      }
    } catch (RuntimeException e) {
      // The executor would silently never call again.
      LOG.error("cannot read the state of the connectors", e);
    }
  }

  private void print(List<NamespaceStatus> seen) {
    if (console.isTerminal()) {
      console.draw(StatusTable.lines(seen));
    } else {
      StatusTable.mostInteresting(seen)
          .forEach(status -> console.say(StatusTable.sentence(status)));
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

package io.walcast.examples;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started, to be stopped in reverse order: by {@link #close}, or by the JVM's shutdown
 * hook when a signal comes first. Each thing is stopped once, whoever comes first. Any thread.
 */
final class ShutdownStack implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShutdownStack.class);

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final Runnable onSignal;
  private volatile boolean signalled;
  private boolean closed;

  /**
   * @param onSignal what to tell the user when everything is stopped because of a signal
   */
  ShutdownStack(Runnable onSignal) {
    this.onSignal = onSignal;
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopBySignal, "quickstart-stop"));
  }

  /**
   * Remembers something that is running; stops it at once if everything else is stopped already.
   */
  synchronized <T extends AutoCloseable> T push(T running) {
    started.push(running);
    if (closed) {
      stopAll();
    }
    return running;
  }

  /** Whether a signal asked for the end, so that failures of what is used are no surprise. */
  boolean isSignalled() {
    return signalled;
  }

  private void stopBySignal() {
    synchronized (this) {
      signalled = !closed;
      stopAll();
    }
    if (signalled) {
      onSignal.run();
    }
  }

  @Override
  public synchronized void close() {
    stopAll();
  }

  private void stopAll() {
    closed = true;
    while (!started.isEmpty()) {
      AutoCloseable last = started.pop();
      try {
        last.close();
      } catch (Exception e) {
        LOG.warn("while stopping {}", last, e);
      }
    }
  }
}

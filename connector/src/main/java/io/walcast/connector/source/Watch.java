package io.walcast.connector.source;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one database's failures to itself: after a failed look it is left alone for a while, longer
 * each time, and the log says so once for each different failure. The loop's thread looks; any
 * thread may ask for the status.
 */
final class Watch {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration FIRST_DELAY = Duration.ofMillis(100);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(10);

  private final Namespace namespace;
  private final Path database;
  private final WatchedDatabase watched;
  private Duration delay = Duration.ZERO;
  private long notBeforeNs;
  private volatile String failure;

  Watch(Namespace namespace, Path database, WatchedDatabase watched) {
    this.namespace = namespace;
    this.database = database;
    this.watched = watched;
  }

  /** Looks, unless it is left alone at present; returns whether to look again very soon. */
  boolean look(long nowNs) {
    if (failure != null && nowNs - notBeforeNs < 0) {
      return false;
    }
    try {
      boolean busy = watched.poll();
      if (failure != null) {
        LOG.info("Capture of namespace {} goes on", namespace);
        failure = null;
        delay = Duration.ZERO;
      }
      return busy;
    } catch (IOException e) {
      failed(e, nowNs);
    } catch (RuntimeException e) { // a bug, but the other databases must not suffer from it
      failed(e, nowNs);
    }
    return false;
  }

  /** Made when it is asked for: thousands that rest need none. */
  DatabaseStatus status() {
    String failed = failure;
    return failed == null ? watched.status() : watched.status().failing(failed);
  }

  boolean isResting() {
    return failure == null && watched.isResting();
  }

  Presence presence() {
    return watched.presence();
  }

  void lookSoon() {
    watched.lookSoon();
  }

  void requestSnapshot() {
    watched.requestSnapshot();
  }

  /** Last frame number that Kafka has; 0 if none is known. */
  long durableFrameNo() {
    return watched.durableFrameNo();
  }

  Path database() {
    return database;
  }

  void close() {
    try {
      watched.close();
    } catch (IOException | RuntimeException e) { // the others still have locks to give up
      LOG.error("Capture of namespace {} did not end cleanly: {}", namespace, e, e);
    }
  }

  private void failed(Exception e, long nowNs) {
    delay = delay.isZero() ? FIRST_DELAY : delay.multipliedBy(2);
    if (delay.compareTo(LONGEST_DELAY) > 0) {
      delay = LONGEST_DELAY;
    }
    notBeforeNs = nowNs + delay.toNanos();
    if (!e.toString().equals(failure)) {
      LOG.error(
          "Capture of namespace {} at {} failed, trying again: {}", namespace, database, e, e);
    }
    failure = e.toString();
  }
}

package io.walcast.connector.source;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that looks for databases now and then and at each of them all the time: again within a
 * fraction of a millisecond while any of them is written to fast, else after a short rest, which
 * {@link #wake} ends.
 *
 * <p>A database once found is watched until the loop ends or another file takes its namespace over,
 * even when its file is gone: its last frames may still have to be captured, and it may come back.
 * {@link #start} and {@link #close} are for the owner's thread, the rest for any.
 */
final class CaptureLoop {

  /** Where databases come from. */
  @FunctionalInterface
  interface Scan {
    /** What is there now. */
    SortedMap<Namespace, Path> scan() throws IOException;
  }

  /**
   * Begins to watch databases; opens none of them yet. Asks Kafka, which may be away: so it has a
   * thread of its own, and the databases that are watched already do not wait for it.
   */
  @FunctionalInterface
  interface Watching {
    /** Called for all databases that one scan has found, with at least one; returns all of them. */
    Map<Namespace, WatchedDatabase> watch(Map<Namespace, Path> databases) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(CaptureLoop.class);
  private static final long BUSY_REST_NS = 200_000;
  private static final int SCAN_SHARE = 20; // at most a twentieth of the time goes into scans

  private final Scan scan;
  private final TaskShare share;
  private final Watching watching;
  private final long scanIntervalNs;
  private final long pollIntervalNs;
  private final Io io;
  private final Thread thread;
  private final ConcurrentSkipListMap<Namespace, Watch> watches = new ConcurrentSkipListMap<>();
  private Arrival arrival; // null: none under way; the loop's thread only
  private volatile String scanProblem = "";
  private volatile Throwable death;
  private volatile boolean closed;

  CaptureLoop(
      String name, WalSourceConfig config, Scan scan, TaskShare share, Watching watching, Io io) {
    this.scan = scan;
    this.share = share;
    this.watching = watching;
    this.io = io;
    scanIntervalNs = config.scanInterval().toNanos();
    pollIntervalNs = config.pollInterval().toNanos();
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends a rest: something happened that lets a database go on. Does not block. */
  void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Stops looking and closes what was watched.
   *
   * @return whether that was done within {@code patience}; if not, it is done as soon as the look
   *     in progress ends
   */
  boolean close(Duration patience) throws InterruptedException {
    closed = true;
    wake();
    thread.join(patience.toMillis());
    return !thread.isAlive();
  }

  /** State of each database, as of a moment ago. */
  Map<Namespace, Watch> watches() {
    return watches;
  }

  /** Why the directory cannot be looked through; empty if it can. */
  String scanProblem() {
    return scanProblem;
  }

  /** What ended the loop before it was closed; {@code null} while all is well. */
  Throwable death() {
    return death;
  }

  private void run() {
    try {
      loop();
    } catch (Throwable e) { // handed to the task, which fails with it
      LOG.error("Capture ended", e);
      death = e;
    } finally {
      watches.values().forEach(Watch::close);
      if (arrival != null) {
        arrival.abandon();
      }
    }
  }

  private void loop() {
    long scanAtNs = io.nanoTime();
    while (!closed) {
      long nowNs = io.nanoTime();
      if (nowNs - scanAtNs >= 0) {
        scan();
        long tookNs = io.nanoTime() - nowNs;
        scanAtNs = nowNs + Math.max(scanIntervalNs, SCAN_SHARE * tookNs);
        watches.values().forEach(Watch::refreshStatus);
      }
      admit();
      boolean busy = false;
      for (Watch watch : watches.values()) {
        busy |= !closed && watch.look(nowNs);
      }
      if (!closed) {
        LockSupport.parkNanos(this, busy ? Math.min(BUSY_REST_NS, pollIntervalNs) : pollIntervalNs);
      }
    }
  }

  private void scan() {
    try {
      SortedMap<Namespace, Path> found = scan.scan();
      found.keySet().removeIf(namespace -> !share.owns(namespace));
      watch(found);
      if (arrival == null) { // else it is too early to say
        problemOver();
      }
    } catch (IOException e) {
      problem(e);
    }
  }

  private void problem(IOException e) {
    if (!scanProblem.equals(e.getMessage())) {
      LOG.error("Looking for databases failed, trying again: {}", e.getMessage());
    }
    scanProblem = String.valueOf(e.getMessage());
  }

  private void problemOver() {
    if (!scanProblem.isEmpty()) {
      LOG.info("Looking for databases goes on");
      scanProblem = "";
    }
  }

  /** A namespace has one path at a time: one that has another now lost the file it had. */
  private void watch(SortedMap<Namespace, Path> found) {
    found.forEach(
        (namespace, database) -> {
          Watch watch = watches.get(namespace);
          if (watch != null && !watch.database().equals(database)) {
            watches.remove(namespace);
            watch.close();
          }
        });
    SortedMap<Namespace, Path> added = new TreeMap<>(found);
    added.keySet().removeAll(watches.keySet());
    if (arrival == null && !added.isEmpty()) {
      arrival = new Arrival(thread.getName() + "-arrivals", watching, added, this::wake);
      arrival.start();
    }
  }

  /** Begins to look at databases whose offsets have come in. */
  private void admit() {
    if (arrival == null || !arrival.isOver()) {
      return;
    }
    Arrival over = arrival;
    arrival = null;
    try {
      over.databases()
          .forEach(
              (namespace, watched) -> {
                Path database = over.path(namespace);
                LOG.info("Capturing {} as namespace {}", database, namespace);
                watches.put(namespace, new Watch(namespace, database, watched));
              });
      problemOver();
    } catch (IOException e) {
      problem(e);
    }
  }
}

package io.walcast.connector.source;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * Once it is gone for good, a {@link GoneDatabase} is watched in its place. {@link #start} and
 * {@link #close} are for the owner's thread, the rest for any.
 */
final class CaptureLoop {

  /** Where databases come from. */
  @FunctionalInterface
  interface Scan {
    /** What is there now. */
    SortedMap<Namespace, Path> scan() throws IOException;

    /** The directories that the last scan went through. */
    default Set<Path> directories() {
      return Set.of();
    }

    /**
     * The database that a file belongs to, which came or went: its own, or that of a {@code -wal}
     * and the like; empty if it is no database's, or if only a scan can tell.
     */
    default Optional<Namespace> namespaceOf(Path file) {
      return Optional.empty();
    }

    /** Whether a scan may find something new in this file or directory that came or went. */
    default boolean concerns(Path file) {
      return true;
    }
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
  private static final int TOLD_SCAN_SHARE = 100; // where the system tells what comes and goes
  private static final int SOON_SHARE = 4; // when it has told of a new one
  private static final long REST_PASS_NS = 50_000_000;
  private static final long LONGEST_REST_PASS_NS = 500_000_000;
  private static final int REST_SHARE = 30; // at most so small a part of the time: one in thirty
  private static final int MOST_BEGINNING = 200;
  private static final long NOTHING_NS = 1_000_000_000L;
  private static final long IN_USE_NS = 30_000_000_000L;

  private final Scan scan;
  private final TaskShare share;
  private final Watching watching;
  private final Departures departures;
  private final long scanIntervalNs;
  private final long pollIntervalNs;
  private final Io io;
  private final Thread thread;
  private final ConcurrentSkipListMap<Namespace, Watch> watches = new ConcurrentSkipListMap<>();
  private final Set<Watch> active = new LinkedHashSet<>();
  private final Set<Watch> resting = new LinkedHashSet<>();
  private final Deque<Watch> newcomers = new ArrayDeque<>();
  private final Map<Watch, Long> beginning = new LinkedHashMap<>(); // since when
  private final DirectoryEvents events = new DirectoryEvents();
  private long scannedAtNs;
  private long scanTookNs;
  private long scanAtNs;
  private long restPassAtNs;
  private Arrival arrival; // null: none under way; the loop's thread only
  private volatile String scanProblem = "";
  private volatile Throwable death;
  private volatile boolean closed;

  CaptureLoop(
      String name,
      WalSourceConfig config,
      Scan scan,
      TaskShare share,
      Watching watching,
      Departures departures,
      Io io) {
    this.scan = scan;
    this.share = share;
    this.watching = watching;
    this.departures = departures;
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
      events.close();
      if (arrival != null) {
        arrival.abandon();
      }
    }
  }

  private void loop() {
    scanAtNs = io.nanoTime();
    restPassAtNs = scanAtNs;
    while (!closed) {
      long nowNs = io.nanoTime();
      if (nowNs - scanAtNs >= 0) {
        scan();
        scannedAtNs = nowNs;
        scanTookNs = io.nanoTime() - nowNs;
        int share = events.areTold() ? TOLD_SCAN_SHARE : SCAN_SHARE;
        scanAtNs = nowNs + Math.max(scanIntervalNs, share * scanTookNs);
      }
      takeEvents();
      admit();
      begin(nowNs);
      boolean busy = lookAtActive(nowNs);
      lookAtResting(nowNs);
      if (!closed) {
        LockSupport.parkNanos(this, busy ? Math.min(BUSY_REST_NS, pollIntervalNs) : pollIntervalNs);
      }
    }
  }

  private boolean lookAtActive(long nowNs) {
    boolean busy = false;
    for (Iterator<Watch> i = active.iterator(); i.hasNext() && !closed; ) {
      Watch watch = i.next();
      busy |= watch.look(nowNs);
      if (watch.isResting()) {
        i.remove();
        resting.add(watch);
      }
    }
    return busy;
  }

  /** The one pass that all share that rest. */
  private void lookAtResting(long nowNs) {
    if (nowNs - restPassAtNs < 0) {
      return;
    }
    long beganNs = io.nanoTime();
    for (Iterator<Watch> i = resting.iterator(); i.hasNext() && !closed; ) {
      Watch watch = i.next();
      watch.look(nowNs);
      if (!watch.isResting()) {
        i.remove();
        active.add(watch);
      }
    }
    long tookNs = io.nanoTime() - beganNs;
    long pauseNs = Math.max(REST_PASS_NS, REST_SHARE * tookNs);
    restPassAtNs = nowNs + Math.min(pauseNs, LONGEST_REST_PASS_NS);
  }

  /**
   * Begins to look at newcomers, a few at a time: until its snapshot is folded, one has many files
   * open. While Kafka is away, the others wait with theirs.
   */
  private void begin(long nowNs) {
    if (newcomers.isEmpty()) {
      return; // those that are beginning count for the next ones, which come in small lots
    }
    beginning.entrySet().removeIf(e -> hasBegun(e.getKey(), nowNs - e.getValue()));
    while (beginning.size() < MOST_BEGINNING && !newcomers.isEmpty()) {
      Watch watch = newcomers.remove();
      beginning.put(watch, nowNs);
      active.add(watch);
    }
  }

  /** At rest once, in use for a while, or with nothing to capture. */
  private static boolean hasBegun(Watch watch, long sinceNs) {
    if (watch.isResting()) {
      return true;
    }
    DatabaseStatus status = watch.status();
    boolean nothing = status.committedFrameNo() == 0 && sinceNs >= NOTHING_NS;
    boolean inUse = status.commits() > 0 && sinceNs >= IN_USE_NS;
    return status.failing() || nothing || inUse;
  }

  /** What happened to the files of a database at rest ends the rest; a new file is scanned for. */
  private void takeEvents() {
    Optional<Set<Path>> changed = events.take();
    if (changed.isEmpty()) {
      resting.forEach(Watch::lookSoon);
      scanSoon();
      return;
    }
    for (Path file : changed.get()) {
      Watch watch = scan.namespaceOf(file).map(watches::get).orElse(null);
      if (watch != null) {
        watch.lookSoon();
      } else if (scan.concerns(file)) {
        scanSoon();
      }
    }
  }

  private void scanSoon() {
    long soonNs = scannedAtNs + SOON_SHARE * scanTookNs;
    if (soonNs - scanAtNs < 0) {
      scanAtNs = soonNs;
    }
  }

  private void scan() {
    try {
      SortedMap<Namespace, Path> found = scan.scan();
      found.keySet().removeIf(namespace -> !share.owns(namespace));
      events.watch(scan.directories());
      watch(found);
      depart(found);
      if (!events.areTold()) {
        resting.forEach(Watch::lookSoon);
      }
      if (arrival == null) { // else it is too early to say
        problemOver();
      }
    } catch (IOException e) {
      departures.scanFailed();
      problem(e);
    }
  }

  /** From now on, those whose files are gone are watched as such. */
  private void depart(SortedMap<Namespace, Path> found) throws IOException {
    departures
        .after(found, watches, io.nanoTime())
        .forEach(
            (namespace, gone) -> {
              Watch captured = watches.get(namespace);
              if (captured != null) {
                forget(namespace, captured); // first: it lets go of what the other takes
              }
              watches.put(namespace, gone);
              active.add(gone);
            });
  }

  private void forget(Namespace namespace, Watch watch) {
    watches.remove(namespace);
    active.remove(watch);
    resting.remove(watch);
    newcomers.remove(watch);
    beginning.remove(watch);
    watch.close();
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
    watches.forEach(
        (namespace, watch) -> {
          Path database = found.get(namespace);
          boolean isTaken =
              switch (watch.presence()) {
                case CAPTURED -> database != null && !watch.database().equals(database);
                case GONE -> database != null;
                case LEAVING -> false;
                case OVER -> true;
              };
          if (isTaken) {
            forget(namespace, watch);
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
                Watch watch = new Watch(namespace, database, watched);
                watches.put(namespace, watch);
                newcomers.add(watch);
              });
      problemOver();
    } catch (IOException e) {
      problem(e);
    }
  }
}

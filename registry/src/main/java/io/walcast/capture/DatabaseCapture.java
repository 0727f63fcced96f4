package io.walcast.capture;

import io.walcast.io.DiskFullException;
import io.walcast.io.FileIdentity;
import io.walcast.io.FileOwnership;
import io.walcast.io.Io;
import io.walcast.io.MappedFaults;
import io.walcast.io.MappedFileCutException;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.DatabaseLockedException;
import io.walcast.sqlite.JournalModeSwitch;
import io.walcast.sqlite.NotWalModeException;
import io.walcast.sqlite.WalConnection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures what stock SQLite commits to one database, as transactions in the database's log. The
 * application is neither changed nor blocked, and nothing is written to its database.
 *
 * <pre>
 * state     what a look finds                               then
 * any       no file, or an empty one                        ABSENT
 * ABSENT,   a file and no -wal                              CLOSED, after a resync if the file is
 * CLOSED,                                                   not the one that was recorded
 * REFUSED   a file and a -wal                               attach: ATTACHED, or REFUSED
 *           owned by another, not WAL mode, not readable..  REFUSED, looked at again at a slow pace
 * ATTACHED  commits                                         ATTACHED, captured
 *           -shm gone or replaced: it was closed            CLOSED, after the last frames; continuity
 *                                                           is no longer proven
 *           another file at the path, or none               detach, look again
 *           wal-index in disorder                           attach anew
 *           I/O failure                                     REFUSED, still attached; after a minute,
 *                                                           or if the disk is full, detached
 * any       more waits for storage than may                 all but the oldest is dropped; WAITING,
 *                                                           detached
 * WAITING   storage has what is left                        look again; a resync
 *           -shm cut short under the mapping                REFUSED, detached
 * </pre>
 *
 * <p>{@link #poll} and {@link #close} are for one thread; {@link #status} and {@link #wal} for any.
 */
public final class DatabaseCapture implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseCapture.class);

  /** For locks that others hold for moments only; a poll must not keep other databases waiting. */
  private static final Duration LOCK_WAIT = Duration.ofMillis(20);

  /** A last close, a change of journal mode or a deletion just going on is no refusal yet. */
  private static final long PASSING_NS = 1_000_000_000L;

  /** For a seal, until the application's checkpoint is over: both sync. */
  private static final long LONGEST_PUT_OFF_NS = 20_000_000;

  private static final long DETACH_AFTER_NS = 60_000_000_000L;

  private final Namespace namespace;
  private final Path database;
  private final Path stateDirectory;
  private final WalRegistry registry;
  private final Io io;
  private final CaptureOptions options;
  private final HoldPolicy hold;
  private final CaptureCounters counters = new CaptureCounters();

  private FileOwnership ownership;
  private StateLock stateLock;
  private CaptureLog log;
  private UnusedDatabase unused;
  private AttachedDatabase attached;
  private long nextLookNs;
  private long putOffSinceNs; // a seal; 0: none is
  private long failingSinceNs;
  private boolean failing;
  private long quietAtFrameNo;
  private long quietSinceNs;
  private volatile boolean resting;
  private boolean waiting; // for storage to take what it has been given
  private volatile CaptureStatus status =
      counters.status(CaptureState.ABSENT, null, "not looked at yet", 0);
  private volatile SharedWal wal;

  /**
   * Opens nothing yet.
   *
   * @param database path of the database file, which need not exist
   * @param stateDirectory of this namespace alone; created when needed
   */
  public DatabaseCapture(
      Namespace namespace,
      Path database,
      Path stateDirectory,
      WalRegistry registry,
      Io io,
      CaptureOptions options) {
    this.namespace = namespace;
    this.database = database;
    this.stateDirectory = stateDirectory;
    this.registry = registry;
    this.io = io;
    this.options = options;
    this.hold = new HoldPolicy(options.walHold(), io);
    this.nextLookNs = io.nanoTime();
  }

  /**
   * Takes one look: attaches, captures what was committed, steers the locks, seals when due.
   * Without news it makes no system call. What goes wrong is in the {@link #status}, and tried
   * again later.
   */
  public CaptureState poll() {
    boolean due = io.nanoTime() - nextLookNs >= 0;
    boolean refused = status.state() == CaptureState.REFUSED;
    if (due || (attached != null && !refused)) {
      try {
        if (resting && !wakes(due)) {
          return status.state();
        }
        try {
          look();
        } finally {
          if (attached == null || !attached.isQuiet()) {
            MappedFaults.surface(); // else another database would be blamed, or the whole task
          }
        }
        failing = false;
      } catch (IOException e) {
        refuse(e);
      } catch (InternalError e) {
        refuse(new MappedFileCutException(WalConnection.shmOf(database), e));
        detachAfterFailure(); // a new mapping is all that helps
      }
    }
    return status.state();
  }

  /**
   * Whether the next {@link #poll} should come within a fraction of a millisecond, because the
   * application commits so fast that it would have to wait for its WAL to be let go. For the thread
   * that polls.
   */
  public boolean isBusy() {
    return attached != null && attached.isBusy();
  }

  private void look() throws IOException {
    dropIfTooMuch();
    if (attached == null) {
      lookForDatabase();
    } else {
      lookAtAttached();
    }
    if (log != null) {
      sealIfDue();
      log.lookEnds();
      restIfQuiet();
    }
  }

  private void sealIfDue() throws IOException {
    if (!log.isSwapDue()) {
      putOffSinceNs = 0;
      return;
    }
    long now = io.nanoTime();
    boolean late = putOffSinceNs != 0 && now - putOffSinceNs >= LONGEST_PUT_OFF_NS;
    if (attached == null || attached.canBeLeft() || late) {
      putOffSinceNs = 0;
      log.swapIfDue();
    } else if (putOffSinceNs == 0) {
      putOffSinceNs = now;
    }
  }

  /** Nothing was committed for a while, and nothing is left to do: all but the locks is let go. */
  private void restIfQuiet() throws IOException {
    long committed = status.committedFrameNo();
    if (committed != quietAtFrameNo) {
      boolean first = quietAtFrameNo == 0; // what was there before: no reason to expect more
      quietSinceNs = io.nanoTime() - (first ? options.restAfter().toNanos() : 0);
      quietAtFrameNo = committed;
    }
    CaptureState state = status.state();
    boolean caughtUp =
        state == CaptureState.CLOSED
            || (state == CaptureState.ATTACHED && attached != null && attached.isCaughtUp());
    if (caughtUp && log.isDone() && io.nanoTime() - quietSinceNs >= options.restAfter().toNanos()) {
      log.rest();
      if (attached != null) {
        attached.rest();
      }
      wal = null;
      resting = true;
      nextLookNs = nextRestLookNs();
      LOG.debug("{}: {} rests", namespace, database);
    }
  }

  /** Not the same for all: they share one pass. */
  private long nextRestLookNs() {
    long interval = options.restLookInterval().toNanos();
    return io.nanoTime() + interval - (namespace.hashCode() & 0xff) * (interval / 1024);
  }

  /** At rest: whether that ends with this look. */
  private boolean wakes(boolean due) throws IOException {
    boolean stirs =
        status.state() == CaptureState.REFUSED
            || status.state() == CaptureState.ABSENT
            || (attached != null && attached.stirs());
    if (!stirs && due) {
      nextLookNs = nextRestLookNs();
      stirs = attached != null ? !attached.isAtItsPaths() : !isStillClosed();
    }
    if (!stirs) {
      return false;
    }
    if (!io.exists(stateDirectory)) { // gone with its parents, which must not come back empty
      become(CaptureState.ABSENT, null, "there is no " + stateDirectory);
      return false;
    }
    AttachedDatabase.Outcome outcome =
        attached == null ? AttachedDatabase.Outcome.ATTACHED : attached.wake();
    if (outcome == AttachedDatabase.Outcome.NOT_NOW) {
      return false;
    }
    log.open(log.position().orElseThrow().pageSize());
    resting = false;
    nextLookNs = io.nanoTime();
    if (outcome != AttachedDatabase.Outcome.ATTACHED) {
      follow(outcome);
    } else if (attached != null && log.position().isEmpty()) {
      detach(null); // somebody has been at the state directory: to attach anew takes the resync
    }
    return outcome == AttachedDatabase.Outcome.ATTACHED;
  }

  private boolean isStillClosed() throws IOException {
    return log.isClosedAs(io.identity(database)) && !io.exists(WalConnection.walOf(database));
  }

  /** Looks at the paths with the next poll, also at rest: something has happened there. */
  public void lookSoon() {
    if (resting) {
      nextLookNs = io.nanoTime();
    }
  }

  /** Whether nothing is open but what keeps others away and shows the next change. */
  public boolean isResting() {
    return resting;
  }

  /** Without the application's WAL being held for Kafka's sake. */
  private void dropIfTooMuch() throws IOException {
    if (log != null && log.isOverLimit()) {
      LOG.warn(
          "{}: more than {} bytes wait for Kafka: they are dropped, and a resync takes their place",
          namespace,
          options.maxWaitingBytes());
      if (attached != null) {
        detach(ResyncReason.SEGMENTS_DROPPED);
      }
      if (unused != null) {
        unused.letGo();
      }
      log.dropWaiting();
      waiting = true;
    }
  }

  private void lookForDatabase() throws IOException {
    nextLookNs = io.nanoTime() + options.lookInterval().toNanos();
    FileIdentity found = io.identity(database);
    boolean isOpen = io.exists(WalConnection.walOf(database));
    if (unused != null && (found == null || isOpen)) {
      unused.letGo();
    }
    if (waiting && !log.isStored()) {
      become(CaptureState.WAITING, null, "for Kafka, which has not taken what was captured");
      return;
    }
    waiting = false;
    if (found == null || found.sizeBytes() == 0) {
      nextLookNs = io.nanoTime() + options.retryInterval().toNanos();
      become(CaptureState.ABSENT, null, found == null ? "no file" : "an empty file");
      return;
    }
    own();
    if (isOpen) {
      attach(found);
      return;
    }
    try {
      captureUnused(found);
    } catch (NotWalModeException e) {
      if (!options.switchJournalMode()) {
        throw e;
      }
      new JournalModeSwitch(io, database).run();
      LOG.info("{}: {} was switched to WAL mode", namespace, database);
    }
  }

  private void captureUnused(FileIdentity found) throws IOException {
    if (unused.capture(found)) {
      become(CaptureState.CLOSED, null, "");
    }
  }

  /** Before anything of the database is opened, and then for life. */
  private void own() throws IOException {
    if (ownership == null) {
      ownership = FileOwnership.claim(database, "the capture of " + namespace);
    }
    if (stateLock == null) {
      stateLock = StateLock.take(io, stateDirectory, namespace.name());
    }
    if (log == null) {
      log = new CaptureLog(namespace, stateDirectory, registry, io, options);
      unused = new UnusedDatabase(namespace.name(), database, io, log, counters);
    }
  }

  private void attach(FileIdentity found) throws IOException {
    WalConnection connection = WalConnection.attach(io, database, LOCK_WAIT);
    AttachedDatabase candidate = null;
    try {
      ReadSlots slots = new ReadSlots(connection);
      FileIdentity now = slots.holdPending() ? io.identity(database) : null;
      if (found.sameFile(now)) {
        log.open(connection.pageSize());
        candidate =
            new AttachedDatabase(
                namespace.name(),
                database,
                io,
                options,
                hold,
                log,
                counters,
                connection,
                slots,
                now);
        candidate.begin();
        attached = candidate;
        become(CaptureState.ATTACHED, null, "");
      }
    } finally {
      if (attached == null) {
        connection.close();
      }
    }
  }

  private void lookAtAttached() throws IOException {
    follow(attached.look());
  }

  private void follow(AttachedDatabase.Outcome outcome) throws IOException {
    switch (outcome) {
      case ATTACHED -> become(CaptureState.ATTACHED, null, "");
      case CLOSED -> {
        hold.lastCloseSeen();
        detach(ResyncReason.CLOSED_UNSEEN);
        become(CaptureState.CLOSED, null, "");
      }
      case REPLACED -> {
        detach(ResyncReason.DATABASE_REPLACED);
        become(CaptureState.ABSENT, null, "another file, or none, has taken its place");
      }
      case IN_DISORDER -> detach(null);
      default -> throw new IllegalStateException("unknown outcome");
    }
  }

  /** Looks again with the next poll. Without a reason, the position may still be continued from. */
  private void detach(ResyncReason reason) throws IOException {
    AttachedDatabase last = attached;
    attached = null;
    nextLookNs = io.nanoTime();
    try {
      if (reason != null) {
        log.forget(reason);
      }
    } finally {
      last.close();
    }
  }

  private void refuse(IOException cause) {
    long now = io.nanoTime();
    if (!failing) {
      failing = true;
      failingSinceNs = now;
    }
    pauseAfterFailure();
    boolean passing =
        cause instanceof DatabaseLockedException || cause instanceof NoSuchFileException;
    if (passing && now - failingSinceNs < PASSING_NS) {
      return;
    }
    String detail = String.valueOf(cause.getMessage());
    become(CaptureState.REFUSED, Refusal.of(cause), detail);
    LOG.debug("{}: {}", namespace, detail, cause);
    if (cause instanceof DiskFullException || now - failingSinceNs > DETACH_AFTER_NS) {
      detachAfterFailure(); // the application can reset its WAL
    }
    nextLookNs = now + options.retryInterval().toNanos();
  }

  private void pauseAfterFailure() {
    try {
      if (attached != null) {
        attached.pause();
      }
    } catch (IOException e) {
      LOG.warn("{}: cannot let the back-fill of {} go on", namespace, database, e);
    }
  }

  private void detachAfterFailure() {
    if (attached == null) {
      return;
    }
    try {
      detach(null);
    } catch (IOException e) {
      LOG.warn("{}: cannot detach from {}", namespace, database, e);
    }
  }

  private void become(CaptureState state, Refusal refusal, String detail) {
    CaptureStatus before = status;
    wal = log == null ? null : log.wal().orElse(null);
    long committed = wal == null ? before.committedFrameNo() : wal.lastCommittedFrameNo();
    if (before.state() == state && before.refusal() == refusal) {
      if (before.committedFrameNo() != committed || !before.detail().equals(detail)) {
        status = counters.status(state, refusal, detail, committed);
      }
      return;
    }
    status = counters.status(state, refusal, detail, committed);
    if (refusal != null) {
      LOG.warn("{}: {} is refused, {}: {}", namespace, database, refusal, detail);
    } else {
      LOG.info("{}: {} is {}{}", namespace, database, state, detail.isEmpty() ? "" : ": " + detail);
    }
  }

  /** What has been done so far, as of the last poll. */
  public CaptureStatus status() {
    return status;
  }

  /** The log, once a database has been found. */
  public Optional<SharedWal> wal() {
    return Optional.ofNullable(wal);
  }

  /**
   * Lets the database go, with every lock. Its WAL stays as it is. The log stays open in the
   * registry, whose shutdown seals it.
   */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    Closeable taken = unused == null ? null : unused::letGo;
    for (Closeable part : new Closeable[] {attached, taken, log, stateLock}) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    attached = null;
    log = null;
    stateLock = null;
    if (ownership != null) {
      ownership.close();
      ownership = null;
    }
    if (failure != null) {
      throw failure;
    }
  }
}

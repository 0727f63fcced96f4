package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.MappedFaults;
import io.walcast.io.MappedFileCutException;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.WalConnection;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
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

  private final Namespace namespace;
  private final Path database;
  private final Path stateDirectory;
  private final WalRegistry registry;
  private final Io io;
  private final CaptureOptions options;
  private final HoldPolicy hold;
  private final StatusBoard board;
  private final SealTiming sealing;
  private final Attaching attaching;
  private final RestTiming rests;
  private final FailureTime failure;

  private CaptureOwnership ownership;
  private CaptureLog log;
  private UnusedDatabase unused;
  private AttachedDatabase attached;
  private long nextLookNs;
  private volatile boolean resting;
  private boolean waiting; // for storage to take what it has been given
  private volatile boolean snapshotRequested;

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
    this.board = new StatusBoard(namespace, database);
    this.sealing = new SealTiming(io);
    this.attaching = new Attaching(namespace.name(), database, io, options, hold, board.counters());
    this.rests = new RestTiming(io, options, namespace.hashCode());
    this.failure = new FailureTime(io);
    this.nextLookNs = io.nanoTime();
  }

  /**
   * Takes one look: attaches, captures what was committed, steers the locks, seals when due.
   * Without news it makes no system call. What goes wrong is in the {@link #status}, and tried
   * again later.
   */
  public CaptureState poll() {
    boolean due = io.nanoTime() - nextLookNs >= 0 || (resting && snapshotRequested);
    boolean refused = board.state() == CaptureState.REFUSED;
    if (due || (attached != null && !refused)) {
      try {
        if (resting && !wakes(due)) {
          return board.state();
        }
        try {
          look();
        } finally {
          if (attached == null || !attached.isQuiet()) {
            MappedFaults.surface(); // else another database would be blamed, or the whole task
          }
        }
        failure.over();
      } catch (IOException e) {
        refuse(e);
      } catch (InternalError e) {
        refuse(new MappedFileCutException(WalConnection.shmOf(database), e));
        detachAfterFailure(); // a new mapping is all that helps
      }
    }
    return board.state();
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
    takeSnapshotIfRequested();
    if (attached == null) {
      lookForDatabase();
    } else {
      follow(attached.look());
    }
    if (log != null) {
      sealing.sealIfDue(log, attached);
      log.lookEnds();
      restIfQuiet();
    }
  }

  /** Gives up what a resync could compare with; while one is owed anyway, that comes first. */
  private void takeSnapshotIfRequested() throws IOException {
    if (!snapshotRequested || log == null || log.wal().isEmpty() || log.position().isEmpty()) {
      return;
    }
    log.distrustPages();
    if (attached != null) {
      detach(ResyncReason.REQUESTED);
    } else {
      log.forget(ResyncReason.REQUESTED);
      nextLookNs = io.nanoTime();
    }
    snapshotRequested = false;
  }

  /** Nothing was committed for a while, and nothing is left to do: all but the locks is let go. */
  private void restIfQuiet() throws IOException {
    boolean due = rests.isDue(board.status().committedFrameNo());
    CaptureState state = board.state();
    boolean caughtUp =
        state == CaptureState.CLOSED
            || (state == CaptureState.ATTACHED && attached != null && attached.isCaughtUp());
    if (caughtUp && log.isDone() && due) {
      log.rest();
      if (attached != null) {
        attached.rest();
      }
      board.logRests();
      resting = true;
      nextLookNs = rests.nextLookNs();
      LOG.debug("{}: {} rests", namespace, database);
    }
  }

  /** At rest: whether that ends with this look. */
  private boolean wakes(boolean due) throws IOException {
    boolean stirs =
        board.state() == CaptureState.REFUSED
            || board.state() == CaptureState.ABSENT
            || snapshotRequested
            || (attached != null && attached.stirs());
    if (!stirs && due) {
      nextLookNs = rests.nextLookNs();
      stirs = attached != null ? !attached.isAtItsPaths() : !unused.isAsCaptured();
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

  /** Looks at the paths with the next poll, also at rest: something has happened there. */
  public void lookSoon() {
    if (resting) {
      nextLookNs = io.nanoTime();
    }
  }

  /**
   * Asks for a resync that writes every page, whatever the log has. It comes with one of the next
   * polls, or when the database is there again. Any thread.
   */
  public void requestSnapshot() {
    snapshotRequested = true;
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
      attached = attaching.attach(found, log).orElse(null);
      if (attached != null) {
        become(CaptureState.ATTACHED, null, "");
      }
      return;
    }
    if (unused.capture(found)) {
      become(CaptureState.CLOSED, null, "");
    }
  }

  /** Before anything of the database is opened, and then for life. */
  private void own() throws IOException {
    if (ownership == null) {
      ownership = CaptureOwnership.take(io, namespace, database, stateDirectory);
    }
    if (log == null) {
      log = new CaptureLog(namespace, stateDirectory, registry, io, options);
      unused =
          new UnusedDatabase(
              namespace.name(), database, io, log, board.counters(), options.switchJournalMode());
    }
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
    failure.failed();
    if (attached != null) {
      attached.pause();
    }
    if (failure.mayPass(cause)) {
      return;
    }
    String detail = String.valueOf(cause.getMessage());
    become(CaptureState.REFUSED, Refusal.of(cause), detail);
    LOG.debug("{}: {}", namespace, detail, cause);
    if (failure.mustDetach(cause)) {
      detachAfterFailure(); // the application can reset its WAL
    }
    nextLookNs = io.nanoTime() + options.retryInterval().toNanos();
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
    board.become(log, state, refusal, detail);
  }

  /** What has been done so far, as of the last poll. */
  public CaptureStatus status() {
    return board.status();
  }

  /** The log, once a database has been found. */
  public Optional<SharedWal> wal() {
    return board.wal();
  }

  /**
   * Lets the database go, with every lock. Its WAL stays as it is. The log stays open in the
   * registry, whose shutdown seals it.
   */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    Closeable taken = unused == null ? null : unused::letGo;
    for (Closeable part : new Closeable[] {attached, taken, log, ownership}) {
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
    ownership = null;
    if (failure != null) {
      throw failure;
    }
  }
}

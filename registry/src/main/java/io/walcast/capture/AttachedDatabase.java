package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndexHeader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database that others have open, while its commits are captured. Made with slot 4 held; {@link
 * #begin} once, then {@link #look} again and again. Used by one thread.
 *
 * <table>
 *   <caption>What a look finds</caption>
 *   <tr><th>header</th><th>paths</th><th>done</th></tr>
 *   <tr><td>unchanged</td><td>not looked at</td><td>slot 0 taken if all is back-filled</td></tr>
 *   <tr><td>new</td><td>the same files</td><td>slot 4 held, transactions captured, position written
 *       </td></tr>
 *   <tr><td>new</td><td>the same files, not provably next</td><td>resync</td></tr>
 *   <tr><td>any</td><td>{@code -shm} gone or another</td><td>the last frames captured through the
 *       open files; then closed</td></tr>
 *   <tr><td>any</td><td>database gone or another</td><td>nothing: its last frames, if any, belong to
 *       a file that is no longer the database</td></tr>
 *   <tr><td>in disorder for a while</td><td>the same files</td><td>attached anew, which rebuilds it
 *       </td></tr>
 * </table>
 */
final class AttachedDatabase implements Closeable {

  /** What a look came to. */
  enum Outcome {
    /** Still attached. */
    ATTACHED,
    /** The last user has closed the database. */
    CLOSED,
    /** Another file, or none, is at the path. */
    REPLACED,
    /** The wal-index has to be rebuilt. */
    IN_DISORDER,
    /** At rest, and not to be woken now: somebody has the database file exclusively. */
    NOT_NOW
  }

  private static final Logger LOG = LoggerFactory.getLogger(AttachedDatabase.class);
  private static final long DISORDER_NS = 1_000_000_000;

  private final String name;
  private final Path path;
  private final Io io;
  private final CaptureOptions options;
  private final HoldPolicy hold;
  private final CaptureLog log;
  private final CaptureCounters counters;
  private final WalConnection connection;
  private final ReadSlots slots;
  private final WalFollower follower;
  private final AttachedFiles files;
  private final ResetSteering steering;
  private final LostHashes lostHashes;

  private WalIndexHeader captured; // null: not known, look at everything
  private long nextLookNs;
  private long disorderSinceNs;
  private boolean inDisorder;
  private AttachedParts parts; // of a snapshot that is being taken; null: none is
  private boolean quiet;

  AttachedDatabase(
      String name,
      Path path,
      Io io,
      CaptureOptions options,
      HoldPolicy hold,
      CaptureLog log,
      CaptureCounters counters,
      WalConnection connection,
      ReadSlots slots,
      FileIdentity database)
      throws IOException {
    this.name = name;
    this.path = path;
    this.io = io;
    this.options = options;
    this.hold = hold;
    this.log = log;
    this.counters = counters;
    this.connection = connection;
    this.slots = slots;
    this.follower = new WalFollower(connection, log, counters);
    this.steering = new ResetSteering(slots, connection.index(), io);
    this.lostHashes = new LostHashes(connection, slots, log, io);
    this.files = new AttachedFiles(io, path, database);
  }

  /**
   * Goes on from the log's position if that is provably right, else resyncs.
   *
   * @return {@code false} if the wal-index is just being written, or was left half written since it
   *     was attached to: to attach anew settles that, and costs no resync
   */
  boolean begin() throws IOException {
    WalIndexHeader header = connection.index().readHeader();
    if (header == null) {
      return false;
    }
    try {
      new Resumption(log, files, follower).run(header);
      follow(header);
    } catch (ContinuityLostException e) {
      resync(e);
    }
    releaseUnlessWanted();
    return true;
  }

  /** Captures what is new. */
  Outcome look() throws IOException {
    if (parts != null) {
      return lookWhileTakingParts();
    }
    quiet = false;
    WalIndexHeader header = connection.index().readHeader();
    if (header == null) {
      steering.pause();
      return lookAtDisorder();
    }
    inDisorder = false;
    boolean due = io.nanoTime() - nextLookNs >= 0;
    boolean news = !header.equals(captured);
    if (due || news) {
      Outcome outcome = lookAtPaths();
      if (outcome != Outcome.ATTACHED) {
        return outcome;
      }
    }
    if (news) {
      long before = counters.commits();
      capture();
      steering.found(counters.commits() - before);
    }
    if (due) {
      nextLookNs = io.nanoTime() + options.lookInterval().toNanos();
      slots.freeStaleMark();
      lostHashes.step(captured);
      releaseUnlessWanted();
    }
    if (captured != null && !slots.isIdle()) {
      steering.steer(captured, news);
    } else {
      quiet = !news && !due;
    }
    return Outcome.ATTACHED;
  }

  /**
   * Whether the application is not held up if the next look comes later than usual, because a
   * segment is sealed. Sees to it, if it can.
   */
  boolean canBeLeft() throws IOException {
    return parts != null || captured == null || steering.canBeLeft(captured);
  }

  /** Lets back-fill go on after a failure: it is not known when the next look comes. */
  void pause() {
    try {
      steering.pause();
    } catch (IOException e) {
      LOG.warn("{}: cannot let the back-fill of {} go on", name, path, e);
    }
  }

  /** Whatever fails, the snapshot begins anew. */
  private Outcome lookWhileTakingParts() throws IOException {
    AttachedParts taken = parts;
    parts = null;
    Outcome outcome = lookAtPaths();
    if (outcome == Outcome.ATTACHED) {
      WalIndexHeader end = taken.step();
      parts = end == null ? taken : null;
      if (end != null) {
        resynced(taken.why(), false, end, end.sizePages());
        releaseUnlessWanted();
      }
    }
    return outcome;
  }

  /** Whether the next look should come within a fraction of a millisecond. */
  boolean isBusy() {
    return steering.isBusy();
  }

  /** Whether the last look found the wal-index whole and used nothing else of it. */
  boolean isQuiet() {
    return quiet;
  }

  /** Whether all that is committed is captured, and no resync is owed. */
  boolean isCaughtUp() {
    return captured != null && connection.index().stillAt(captured);
  }

  /**
   * Gives up what only capturing needs: WAL and database file. The locks on the wal-index stay, and
   * its mapping, so {@link #stirs} sees each commit, and resets can be told as ever.
   */
  void rest() throws IOException {
    steering.pause();
    connection.closeForRest();
  }

  /**
   * At rest: whether there is something to capture. Makes no system call unless a WAL was copied.
   */
  boolean stirs() throws IOException {
    if (!isCaughtUp()) {
      return true;
    }
    if (!slots.isIdle()) {
      slots.tryIdle(captured);
    }
    return false;
  }

  /** At rest: whether the paths still lead to the files that are open. */
  boolean isAtItsPaths() throws IOException {
    if (!hold.wantsHold()) {
      connection.releaseDatabase();
    }
    return whereItIs() == Outcome.ATTACHED;
  }

  /**
   * Ends the rest, unless the files are no longer there or just being deleted: then what the WAL
   * had is to be found in the database.
   */
  Outcome wake() throws IOException {
    try {
      connection.reopenDatabase();
      return connection.tryHoldDatabase() ? reopen() : Outcome.NOT_NOW;
    } catch (NoSuchFileException e) {
      LOG.debug("{}: files of {} are gone", name, path, e);
      return Outcome.IN_DISORDER;
    }
  }

  private Outcome reopen() throws IOException {
    try {
      Outcome outcome = whereItIs();
      if (outcome == Outcome.ATTACHED) {
        connection.reopenWal();
      }
      return outcome;
    } finally {
      releaseUnlessWanted();
    }
  }

  private Outcome lookAtDisorder() throws IOException {
    Outcome outcome = lookAtPaths();
    if (outcome != Outcome.ATTACHED) {
      return outcome;
    }
    if (!inDisorder) {
      inDisorder = true;
      disorderSinceNs = io.nanoTime();
    }
    return io.nanoTime() - disorderSinceNs > DISORDER_NS ? Outcome.IN_DISORDER : Outcome.ATTACHED;
  }

  private Outcome lookAtPaths() throws IOException {
    Outcome outcome = whereItIs();
    if (outcome == Outcome.CLOSED) {
      drain();
    }
    return outcome;
  }

  private Outcome whereItIs() throws IOException {
    if (files.isReplaced()) {
      return Outcome.REPLACED;
    }
    return files.isClosed() ? Outcome.CLOSED : Outcome.ATTACHED;
  }

  /** The files are deleted, but open here: what they hold is final. */
  private void drain() throws IOException {
    WalIndexHeader header = connection.index().readHeader();
    boolean resyncOwed = log.position().isEmpty(); // so there is nothing that frames can follow
    if (header == null || header.equals(captured) || resyncOwed) {
      return;
    }
    try {
      follow(header);
    } catch (ContinuityLostException e) {
      LOG.debug("{}: the last frames of {} do not follow: {}", name, path, e.getMessage());
    }
  }

  private void capture() throws IOException {
    if (!slots.holdPending()) {
      return;
    }
    WalIndexHeader header = connection.index().readHeader();
    if (header == null) {
      return;
    }
    try {
      if (log.position().isEmpty()) { // a resync is owed: it could not be taken before
        throw new ContinuityLostException(log.whyNoPosition(), "nothing to go on from");
      }
      follow(header);
    } catch (ContinuityLostException e) {
      resync(e);
    }
  }

  private void follow(WalIndexHeader header) throws IOException, ContinuityLostException {
    try {
      follower.follow(header);
      captured = header;
    } finally {
      if (follower.point() != null) {
        log.recordWal(files.database(), follower.point());
      }
    }
  }

  private void resync(ContinuityLostException why) throws IOException {
    log.forget(why.reason());
    captured = null;
    steering.pause();
    if (!connection.tryHoldDatabase()) {
      return; // the last user is just closing it
    }
    if (files.isClosed()) {
      return; // has closed it
    }
    LOG.debug("{}: resync of {}: {}", name, path, why.reason());
    try {
      boolean difference = log.canCompare();
      if (!difference && isLarge()) {
        parts = AttachedParts.begin(connection, log, why);
        return;
      }
      if (!difference) {
        log.swap(); // a snapshot has a segment of its own
      }
      AttachedCopy.Result copy = new AttachedCopy(connection, log).take(difference);
      resynced(why, difference, copy.end(), copy.pages());
    } finally {
      releaseUnlessWanted(); // also when the disk failed: the application may want to close
    }
  }

  private boolean isLarge() throws IOException {
    long pages = connection.database().size() / connection.pageSize();
    return pages > log.pagesOfAPart(connection.pageSize());
  }

  private void resynced(
      ContinuityLostException why, boolean difference, WalIndexHeader end, int pages)
      throws IOException {
    follower.startAt(WalPoint.endOf(end));
    log.recordWal(files.database(), follower.point());
    captured = end;
    counters.resynced(why.reason(), difference);
    LOG.info(
        "{}: {} of {}, {} pages: {} ({})",
        name,
        difference ? "difference" : "snapshot",
        path,
        pages,
        why.reason(),
        why.getMessage());
    log.resynced();
  }

  private void releaseUnlessWanted() throws IOException {
    if (parts != null) {
      return; // the WAL must not be folded into the database and deleted
    }
    if (hold.wantsHold()) {
      connection.tryHoldDatabase(); // not had now: tried again with the next look
    } else {
      connection.releaseDatabase();
    }
  }

  /** Closes the files and so gives up all locks; the WAL stays for the next connection. */
  @Override
  public void close() throws IOException {
    connection.close();
  }
}

package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.sqlite.ClosedDatabase;
import io.walcast.sqlite.JournalModeSwitch;
import io.walcast.sqlite.NotWalModeException;
import io.walcast.sqlite.WalConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database without {@code -wal}: nobody has it open. Captured if file, length and times are those
 * that were recorded, else by a resync. Creates and keeps open nothing. Used by one thread.
 */
final class UnusedDatabase {

  /**
   * File systems keep times in ticks of up to 10 ms: a file is recorded only when it has been left
   * alone for longer, so that any later change shows.
   */
  static final Duration SETTLING = Duration.ofMillis(50);

  private static final Logger LOG = LoggerFactory.getLogger(UnusedDatabase.class);

  private final String name;
  private final Path path;
  private final Io io;
  private final CaptureLog log;
  private final CaptureCounters counters;
  private final boolean switchJournalMode;
  private ClosedParts parts; // of a snapshot that is being taken; null: none is

  UnusedDatabase(
      String name,
      Path path,
      Io io,
      CaptureLog log,
      CaptureCounters counters,
      boolean switchJournalMode) {
    this.name = name;
    this.path = path;
    this.io = io;
    this.log = log;
    this.counters = counters;
    this.switchJournalMode = switchJournalMode;
  }

  /**
   * Makes sure that the log holds the database as it is. Switches it to WAL mode if that is wanted.
   *
   * @return {@code false} if that has to wait: it has just been written, or is being opened
   */
  boolean capture(FileIdentity database) throws IOException {
    try {
      return captureAsItIs(database);
    } catch (NotWalModeException e) {
      if (!switchJournalMode) {
        throw e;
      }
      new JournalModeSwitch(io, path).run();
      LOG.info("{}: {} was switched to WAL mode", name, path);
      return false;
    }
  }

  private boolean captureAsItIs(FileIdentity database) throws IOException {
    if (parts != null) {
      return takeParts(database);
    }
    if (log.isClosedAs(database)) {
      log.open(log.position().orElseThrow().pageSize());
      if (log.position().isPresent()) {
        return true;
      }
    }
    if (Duration.between(database.modified(), io.now()).abs().compareTo(SETTLING) < 0) {
      return false;
    }
    ClosedDatabase closed = ClosedDatabase.open(io, path);
    try {
      // Under the lock a -wal that appears stays: none at the end means none in between.
      return !io.exists(WalConnection.walOf(path)) && resync(closed, database);
    } finally {
      if (parts == null) {
        closed.close();
      }
    }
  }

  /** Whether nobody has touched it since it was captured. */
  boolean isAsCaptured() throws IOException {
    return log.isClosedAs(io.identity(path)) && !io.exists(WalConnection.walOf(path));
  }

  /** Lets the database go, so that others in this process may open it. */
  void letGo() throws IOException {
    if (parts != null) {
      ClosedParts given = parts;
      parts = null;
      given.close();
    }
  }

  /** Whatever fails, the snapshot begins anew. */
  private boolean takeParts(FileIdentity database) throws IOException {
    ClosedParts taken = parts;
    parts = null;
    try {
      if (!taken.isOf(database)) {
        return false;
      }
      if (taken.step()) {
        resynced(taken.reason(), false, taken.pages(), database);
        return true;
      }
      parts = taken;
      return false;
    } finally {
      if (parts == null) {
        taken.close();
      }
    }
  }

  private boolean resync(ClosedDatabase closed, FileIdentity database) throws IOException {
    int pageSize = closed.header().pageSize();
    log.open(pageSize);
    ResyncReason reason =
        log.position().isPresent() ? ResyncReason.CHANGED_WHILE_AWAY : log.whyNoPosition();
    int pages = (int) (closed.file().size() / pageSize);
    boolean difference = log.canCompare();
    int written;
    LOG.debug("{}: resync of {}: {}", name, path, reason);
    if (!difference && pages > log.pagesOfAPart(pageSize)) {
      parts = new ClosedParts(closed, database, reason, io, log);
      return false;
    }
    if (!difference) {
      log.swap();
    }
    try (CaptureTransaction transaction = log.begin(difference)) {
      int copied =
          PageCopy.copy(closed.file(), pageSize, 1, pages, new RoaringBitmap(), transaction);
      if (copied != pages
          || io.exists(WalConnection.walOf(path))
          || !database.equals(io.identity(path))) {
        return false;
      }
      written = transaction.commitUnlessEmpty(pages);
    }
    resynced(reason, difference, written, database);
    return true;
  }

  private void resynced(ResyncReason reason, boolean difference, int pages, FileIdentity database)
      throws IOException {
    log.recordClosed(database);
    counters.resynced(reason, difference);
    LOG.info(
        "{}: {} of {}, which nobody has open, {} pages: {}",
        name,
        difference ? "difference" : "snapshot",
        path,
        pages,
        reason);
    log.resynced();
  }
}

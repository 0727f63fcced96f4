package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has lost page hashes found again while others have the database open, a range at a time, as one
 * look in several: reading takes a twentieth of the time at most. It begins in a moment in which
 * all commits are captured, from which on each page is in the file, in the WAL as it is then, or
 * will be captured. Used by one thread.
 */
final class LostHashes {

  private static final Logger LOG = LoggerFactory.getLogger(LostHashes.class);
  private static final int REST_FACTOR = 19;
  private static final long RETRY_NS = Duration.ofMinutes(1).toNanos();
  private static final long MOST_WAL_BYTES = 64L << 20; // which are read at once

  private final WalConnection connection;
  private final ReadSlots slots;
  private final CaptureLog log;
  private final Io io;
  private long nextNs;

  LostHashes(WalConnection connection, ReadSlots slots, CaptureLog log, Io io) {
    this.connection = connection;
    this.slots = slots;
    this.log = log;
    this.io = io;
    this.nextNs = io.nanoTime();
  }

  /**
   * Goes on, if hashes are lost.
   *
   * @param captured header of the wal-index up to which the log has all; {@code null}: not known
   */
  void step(WalIndexHeader captured) {
    long now = io.nanoTime();
    if (captured == null || now - nextNs < 0 || !log.lacksHashes()) {
      return;
    }
    try {
      PageHashes hashes = log.hashes();
      HashRebuild rebuild = hashes.rebuild();
      if (rebuild == null) {
        rebuild = begin(hashes, captured);
      }
      boolean done = rebuild != null && goOn(rebuild, captured);
      long end = io.nanoTime();
      nextNs = end + (done ? RETRY_NS : REST_FACTOR * (end - now)); // should they not be kept
    } catch (IOException e) {
      log.hashes().abandonRebuild();
      nextNs = io.nanoTime() + RETRY_NS;
      LOG.warn("page hashes of {} cannot be found again now", connection.database().path(), e);
    }
  }

  /** Begins, unless frames are being written that are not captured. */
  private HashRebuild begin(PageHashes hashes, WalIndexHeader captured) throws IOException {
    boolean inFile = slots.isIdle();
    long walBytes = (long) captured.maxFrame() * connection.pageSize();
    boolean fits = inFile || (walBytes <= MOST_WAL_BYTES && slots.holdPending());
    if (!fits || !connection.index().stillAt(captured)) {
      return null;
    }
    HashRebuild rebuild = hashes.beginRebuild(connection.pageSize());
    if (!inFile) {
      WalContents inWal = new WalContents(connection);
      inWal.addUpTo(captured);
      inWal.writeNewest(
          hashes.pages(), (pageNo, page) -> rebuild.inWal(pageNo, PageHash.of(pageNo, page)));
    }
    return rebuild;
  }

  /** Says whether that was the end. */
  private boolean goOn(HashRebuild rebuild, WalIndexHeader captured) throws IOException {
    rebuild.step(connection.database());
    boolean done = rebuild.isComplete() && connection.index().stillAt(captured);
    if (done) {
      log.keepRebuilt();
    }
    return done;
  }
}

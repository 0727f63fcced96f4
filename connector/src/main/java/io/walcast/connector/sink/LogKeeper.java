package io.walcast.connector.sink;

import io.walcast.checkpoint.StagedPages;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens and closes the log of one replica, and keeps account of the records whose segments are on
 * their way through it. Used by the task's thread only.
 */
final class LogKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(LogKeeper.class);

  private final Namespace namespace;
  private final ReplicaLog log;
  private final FoldProgress folds;
  private final UnforcedRecords unforced;

  LogKeeper(Namespace namespace, ReplicaLog log, FoldProgress folds) {
    this.namespace = namespace;
    this.log = log;
    this.folds = folds;
    this.unforced = new UnforcedRecords(folds);
  }

  /** Opens the log where the database stands; returns that, or {@code null} for nothing. */
  LogPosition open() throws IOException {
    LogPosition have = log.goOn(Optional.empty());
    folds.start(have);
    return have;
  }

  /** Goes on in a higher epoch; everything up to {@code have} is folded. */
  void enterEpoch(int epoch, LogPosition have) throws IOException {
    close();
    LogPosition reopened = log.goOn(Optional.of(epoch));
    if (reopened == null || reopened.frameNo() != have.frameNo()) {
      throw new IOException("the database is at " + reopened + ", not at " + have);
    }
  }

  /**
   * Gives up what is on its way: a snapshot takes the place of all of it.
   *
   * @param parts pages of the parts before, where it is the last part of one; else {@code null}
   * @return what the database holds until then, or {@code null} for nothing
   */
  LogPosition start(SegmentId snapshot, StagedPages parts) throws IOException {
    close();
    LogPosition have = log.start(snapshot, parts);
    folds.start(have);
    return have;
  }

  /** Closes the log so that another can be opened; what it holds unfolded is given up. */
  private void close() throws IOException {
    unforced.collect();
    unforced.force(log);
    log.close();
    forget();
  }

  /** Closes the log; what is not folded is read again by whoever opens it next. */
  void finish() {
    try {
      unforced.collect();
      unforced.force(log);
    } catch (IOException e) {
      LOG.warn("Replica {}: not forced at closing, its records will be read again", namespace, e);
    }
    closeQuietly();
  }

  /** Closes the log after an error. */
  void closeQuietly() {
    try {
      log.close();
    } catch (IOException e) {
      LOG.warn("Replica {}: not closed in order", namespace, e);
    }
  }

  /**
   * Takes note of a segment that the replica has: an earlier task may have folded it and died
   * before it was durable.
   */
  void hasAlready(PartitionProgress.Hold from) {
    unforced.add(from);
  }

  /** Takes note of what was folded; says whether there was anything. */
  boolean collectFolded() {
    return unforced.collect();
  }

  /**
   * Closes the log of a database that is not what was applied to it. What was done to it need not
   * be visible to a later task: a database whose WAL was deleted may look like an earlier one.
   */
  void closeDiverged(LogPosition have, String reason) {
    closeQuietly();
    try {
      if (have != null) {
        log.quarantine().set(have, ReplicaState.DIVERGED, reason);
      }
    } catch (IOException e) {
      LOG.warn("Replica {}: a later task may not know that it diverged", namespace, e);
    }
  }

  /** Makes what was folded durable, after which its records may be committed. */
  void force() throws IOException {
    unforced.force(log);
  }

  /** Gives up all that is not forced; says what to read again to get it back. */
  List<PartitionProgress.Hold> abandon() {
    return unforced.abandon();
  }

  /** Gives up all that is not forced, for good. */
  void forget() {
    unforced.abandon().forEach(PartitionProgress.Hold::release);
  }
}

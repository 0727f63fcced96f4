package io.walcast.connector.sink;

import io.walcast.checkpoint.LiveLog;
import io.walcast.checkpoint.LiveTarget;
import io.walcast.checkpoint.ReplicaDivergedException;
import io.walcast.checkpoint.StagedPages;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The log of one replica, with its database behind it, as {@link Replica} sees it: open or not, and
 * taking one segment at a time. Used by one thread at a time: the task's, or that of a {@link
 * SyncJob}.
 */
final class ReplicaLog {

  private final Namespace namespace;
  private final OpenLogs logs;
  private final ReplicaFiles files;
  private final FoldProgress folds;

  private LiveLog log; // null: not open
  private SegmentId segment; // that is arriving; null: none

  ReplicaLog(Namespace namespace, OpenLogs logs, ReplicaFiles files, FoldProgress folds) {
    this.namespace = namespace;
    this.logs = logs;
    this.files = files;
    this.folds = folds;
  }

  boolean isOpen() {
    return log != null;
  }

  /**
   * Opens the log where the database stands.
   *
   * @param epoch to go on in, unsigned; empty for the one that the database is in
   * @return what the database holds, or {@code null} if it holds nothing: then nothing is open
   * @throws RefusedPathException if the namespace leads to a path that must not be used
   * @throws ReplicaDivergedException if the database is not as it was left
   * @throws io.walcast.io.FileOwnedException while another task of this process has it
   */
  LogPosition goOn(Optional<Integer> epoch) throws IOException {
    LiveTarget database = files.database();
    LogPosition position = null;
    boolean opened = false;
    try {
      position = database.position().orElse(null);
      files.clearParts();
      if (position != null) {
        int inEpoch = epoch.orElse(position.epoch());
        open(
            database,
            new LogPosition(
                position.logId(),
                inEpoch,
                position.frameNo(),
                position.sizePages(),
                position.pageSize()),
            null);
        opened = true;
      }
    } finally {
      if (!opened) {
        database.close(); // or nobody in this process could have it again
      }
    }
    return position;
  }

  /**
   * Starts a new log, which a snapshot opens.
   *
   * @param parts pages of the parts before, where it is the last part of one; else {@code null}
   * @return what the database holds until then, or {@code null} for nothing
   */
  LogPosition start(SegmentId snapshot, StagedPages parts) throws IOException {
    LiveTarget database = files.database();
    LogPosition position = null;
    boolean opened = false;
    try {
      position = positionIfKnown(database);
      open(
          database,
          new LogPosition(
              snapshot.logId(),
              snapshot.epoch(),
              snapshot.startFrameNo() - 1,
              0,
              snapshot.pageSize()),
          parts);
      opened = true;
    } finally {
      if (!opened) {
        database.close();
      }
    }
    return position;
  }

  private static LogPosition positionIfKnown(LiveTarget database) throws IOException {
    try {
      return database.position().orElse(null);
    } catch (ReplicaDivergedException e) {
      return null; // whatever it is, the snapshot replaces it
    }
  }

  private void open(LiveTarget database, LogPosition start, StagedPages parts) throws IOException {
    files.clearSegments();
    log = logs.open(namespace, database, start, parts, files.spill(), folds.listen());
  }

  /** Begins to take a segment. */
  void begin(SegmentId id) {
    log.begin();
    segment = id;
  }

  /**
   * Takes the next frame of the segment. Frame numbers are labels of page versions: one that the
   * replica has is left out, unless it is the last, which ends the segment.
   *
   * @throws InvalidFrameException if it cannot be part of the log
   */
  void insert(FrameRecord frame) throws IOException {
    if (frame.frameNo() > log.lastFrameNo() || frame.last()) {
      put(frame.pageNo(), frame.page());
    }
  }

  /**
   * Takes a page that is not had yet, in any order.
   *
   * @param page copied if nobody may rely on its staying as it is
   * @throws InvalidFrameException if it cannot be part of the log
   */
  void insert(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    if (frameNo <= log.lastFrameNo() || frameNo > segment.endFrameNo()) {
      throw new InvalidFrameException("frame " + frameNo + " is not of " + segment);
    }
    byte[] copy = new byte[page.remaining()];
    page.duplicate().get(copy);
    put(pageNo, ByteBuffer.wrap(copy));
  }

  private void put(int pageNo, ByteBuffer page) throws IOException {
    if (pageNo <= 0) {
      throw new InvalidFrameException("page number " + Integer.toUnsignedString(pageNo));
    }
    if (page.remaining() != segment.pageSize()) {
      throw new InvalidFrameException(
          page.remaining() + " bytes for a page of " + segment.pageSize());
    }
    log.put(pageNo, page);
  }

  /**
   * Ends the segment, which goes on its way into the database.
   *
   * @param databaseChecksum that the database must have then; 0: not stated
   */
  void commit(int sizeAfter, long databaseChecksum) throws IOException {
    if (sizeAfter <= 0 || log.lowestPageNo() > sizeAfter) {
      throw new InvalidFrameException(
          "no page of "
              + segment
              + " is within its size after, "
              + Integer.toUnsignedString(sizeAfter));
    }
    log.commit(segment.endFrameNo(), sizeAfter, databaseChecksum);
    segment = null;
  }

  /** Forgets what was taken of a segment. */
  void rollback() {
    segment = null;
    if (log != null) {
      log.rollback();
    }
  }

  /** Bytes of pages of whole segments that wait to be folded. */
  long waitingBytes() {
    return log == null ? 0 : log.waitingBytes();
  }

  /** What takes the parts of snapshots for it. */
  SnapshotStaging staging() {
    return new SnapshotStaging(files);
  }

  /** Whether the replica is quarantined. */
  QuarantineMark quarantine() throws IOException {
    return files.quarantine();
  }

  /** Where the log came from. */
  OriginMark origin() throws IOException {
    return files.origin();
  }

  /** Makes what is folded durable. */
  void force() throws IOException {
    if (log != null) {
      log.force();
    }
  }

  /** Closes log and database, so that another may take them over. */
  void close() throws IOException {
    LiveLog ending = log;
    segment = null;
    log = null;
    if (ending != null) {
      logs.close(namespace, ending);
    }
  }

  /** Closes and deletes them, and all that is known of the replica. */
  void delete() throws IOException {
    close();
    files.delete();
  }
}

package io.walcast.connector.sink;

import io.walcast.checkpoint.LiveTarget;
import io.walcast.checkpoint.ReplicaDivergedException;
import io.walcast.checkpoint.StagedPages;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.registry.CheckpointTarget;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.replication.Injector;
import io.walcast.segment.FrameRejectedException;
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
  private final WalRegistry registry;
  private final ReplicaFiles files;
  private final FoldProgress folds;

  private SharedWal wal;
  private Injector injector;
  private SegmentId segment;
  private boolean endTaken;

  ReplicaLog(Namespace namespace, WalRegistry registry, ReplicaFiles files, FoldProgress folds) {
    this.namespace = namespace;
    this.registry = registry;
    this.files = files;
    this.folds = folds;
  }

  boolean isOpen() {
    return wal != null;
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
    boolean handedOn = false;
    try {
      position = database.position().orElse(null);
      files.clearParts();
      if (position != null) {
        files.clearSegments();
        OpenRequest request =
            request(database, position.pageSize(), epoch.orElse(position.epoch()), null);
        handedOn = true;
        wal = registry.open(namespace, request);
      }
    } finally {
      if (!handedOn) {
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
    boolean handedOn = false;
    try {
      position = positionIfKnown(database);
      files.clearSegments();
      LogStart start = new LogStart(snapshot.logId(), snapshot.startFrameNo(), 0);
      OpenRequest request =
          request(startingTarget(database, parts), snapshot.pageSize(), snapshot.epoch(), start);
      handedOn = true;
      wal = registry.open(namespace, request);
    } finally {
      if (!handedOn) {
        database.close();
      }
    }
    return position;
  }

  private static CheckpointTarget startingTarget(LiveTarget database, StagedPages parts) {
    return new StartingTarget(parts == null ? database : new PartsTarget(database, parts));
  }

  private static LogPosition positionIfKnown(LiveTarget database) throws IOException {
    try {
      return database.position().orElse(null);
    } catch (ReplicaDivergedException e) {
      return null; // whatever it is, the snapshot replaces it
    }
  }

  private OpenRequest request(CheckpointTarget target, int pageSize, int epoch, LogStart start)
      throws IOException {
    return new OpenRequest(
        files.walDirectory(),
        target,
        pageSize,
        epoch,
        Optional.ofNullable(start),
        Long.MAX_VALUE,
        0,
        folds.listen());
  }

  /**
   * Whether what is committed is folded only when the segment that has begun is whole: it is in one
   * file with it, and nothing is left before that file.
   */
  boolean awaitsRecords() {
    return injector != null && wal.tailLength() == 0;
  }

  /** Begins to take a segment. */
  void begin(SegmentId id) throws IOException {
    segment = id;
    endTaken = false;
    injector = new Injector(wal);
    injector.setDurable(id.endFrameNo()); // all that comes from Kafka is
    injector.begin();
  }

  /**
   * Takes the next frame of the segment.
   *
   * <p>Frame numbers are labels of page versions. A log takes none again, so a version that the
   * replica has is left out; and it ends at the highest, so where the page of the segment's last
   * frame is gone, because the database shrank, the last one taken gets that number.
   *
   * @throws InvalidFrameException if it cannot be part of the log
   */
  void insert(FrameRecord frame) throws IOException {
    long frameNo = frame.frameNo();
    if (frameNo == segment.endFrameNo()) {
      endTaken = true;
    } else if (frame.last() && !endTaken) {
      frameNo = segment.endFrameNo();
    }
    if (frameNo > wal.lastCommittedFrameNo()) {
      insert(frameNo, frame.pageNo(), frame.page());
    }
  }

  /**
   * Takes a page that is not had yet, in any order.
   *
   * @throws InvalidFrameException if it cannot be part of the log
   */
  void insert(long frameNo, int pageNo, ByteBuffer page) throws IOException {
    try {
      injector.insert(frameNo, pageNo, page);
    } catch (FrameRejectedException e) {
      throw new InvalidFrameException(e.getMessage());
    }
  }

  /**
   * Ends the segment, which goes on its way into the database.
   *
   * @param databaseChecksum that the database must have then; 0: not stated
   */
  void commit(int sizeAfter, long databaseChecksum) throws IOException {
    try {
      injector.commit(sizeAfter, databaseChecksum);
    } catch (FrameRejectedException e) {
      throw new InvalidFrameException(e.getMessage());
    }
    injector = null;
  }

  /** Forgets what was taken of a segment. */
  void rollback() throws IOException {
    Injector ended = injector;
    injector = null;
    if (ended != null) {
      ended.close();
    }
  }

  /** What takes the parts of snapshots for it. */
  SnapshotStaging staging() {
    return new SnapshotStaging(files);
  }

  /** Whether the replica is quarantined. */
  QuarantineMark quarantine() throws IOException {
    return files.quarantine();
  }

  /** Makes what is folded durable. */
  void force() throws IOException {
    if (wal != null) {
      wal.force();
    }
  }

  /** Closes log and database, so that another may take them over. */
  void close() throws IOException {
    try {
      rollback();
    } finally {
      wal = null;
      registry.remove(namespace);
    }
  }

  /** Closes and deletes them, and all that is known of the replica. */
  void delete() throws IOException {
    close();
    files.delete();
  }
}

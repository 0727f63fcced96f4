package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * The log that one database is captured into, with the position that says what of the database is
 * in it.
 *
 * <p>Order is what keeps a transaction from being published twice: frames are committed, then the
 * position is written, and only then may the segment be sealed. After a kill the unsealed segment
 * is cut back to the position. Should sealed segments reach further than the position (the position
 * is not synced), the position cannot be continued from.
 *
 * <p>Used by one thread.
 */
final class CaptureLog implements Closeable {

  private static final String POSITION = ".position";
  private static final String LOG = ".log";
  private static final String SEGMENTS = ".wal";

  private final Namespace namespace;
  private final Path stateDirectory;
  private final WalRegistry registry;
  private final Io io;
  private final int minimumEpoch;
  private final TwoSlotFile positionFile;
  private SharedWal wal;
  private CapturePosition position; // null: there is none, or nothing can be continued from
  private ResyncReason whyNoPosition = ResyncReason.FIRST_SNAPSHOT;

  CaptureLog(
      Namespace namespace, Path stateDirectory, WalRegistry registry, Io io, int minimumEpoch)
      throws IOException {
    this.namespace = namespace;
    this.stateDirectory = stateDirectory;
    this.registry = registry;
    this.io = io;
    this.minimumEpoch = minimumEpoch;
    this.positionFile =
        new TwoSlotFile(io, stateDirectory.resolve(POSITION), CapturePosition.BYTES);
    byte[] payload = positionFile.read();
    position = payload == null ? null : CapturePosition.decode(payload).orElse(null);
  }

  /** What can be continued from. */
  Optional<CapturePosition> position() {
    return Optional.ofNullable(position).filter(p -> p.wal().isPresent() || p.closed().isPresent());
  }

  /** Why {@link #position} is empty. */
  ResyncReason whyNoPosition() {
    return whyNoPosition;
  }

  /** The log, once a database has been found. */
  Optional<SharedWal> wal() {
    return Optional.ofNullable(wal);
  }

  /** Opens the log for pages of this size; another page size than before begins a new log. */
  void open(int pageSize) throws IOException {
    if (wal != null && wal.pageSize() == pageSize) {
      return;
    }
    wal = null;
    Optional<SharedWal> other = registry.get(namespace).filter(w -> w.pageSize() != pageSize);
    if (other.isPresent()) {
      other.get().swap();
      registry.remove(namespace);
    }
    CapturedTarget target = new CapturedTarget(io, stateDirectory.resolve(LOG));
    boolean opened = false;
    try {
      openWith(target, pageSize);
      opened = true;
    } finally {
      if (!opened) {
        target.close();
      }
    }
  }

  private void openWith(CapturedTarget target, int pageSize) throws IOException {
    int stored = target.position().map(LogPosition::epoch).orElse(0);
    int known = position == null ? stored : laterOf(stored, position.epoch());
    boolean takenOver = Integer.compareUnsigned(minimumEpoch, known) > 0;
    boolean goesOn = position != null && position.pageSize() == pageSize && !takenOver;
    int next = laterOf(known, minimumEpoch) + 1;
    int epoch = goesOn ? next : laterOf(next, secondsNow());
    UUID logId = goesOn ? position.logId() : io.randomUuid();
    long covered = goesOn ? position.frameNo() : 0;
    wal =
        registry.open(
            namespace,
            new OpenRequest(
                stateDirectory.resolve(SEGMENTS),
                target,
                pageSize,
                epoch,
                Optional.of(new LogStart(logId, covered + 1, 0)),
                covered,
                covered + 1,
                CheckpointListener.NONE));
    if (goesOn && wal.lastCommittedFrameNo() == covered) {
      write(position.device(), position.inode(), position.wal(), position.closed(), true);
    } else if (position != null) {
      forget(goesOn ? ResyncReason.LOG_DIFFERS : ResyncReason.DATABASE_REPLACED);
    }
  }

  /**
   * Where a new log's epochs begin. State directory and Connect's offsets may both be lost (another
   * connector name is enough); counted from 1, the epochs of the new log would be refused by all
   * replicas of the old one. As unsigned seconds this lasts until 2106.
   */
  private int secondsNow() {
    return (int) io.now().getEpochSecond();
  }

  private static int laterOf(int epoch, int other) {
    return Integer.compareUnsigned(epoch, other) >= 0 ? epoch : other;
  }

  /** Begins a transaction; the log is open. */
  WriteTransaction begin() throws IOException {
    return wal.beginWrite();
  }

  /** Everything up to this point of the WAL is in the log. */
  void recordWal(FileIdentity database, WalPoint point) throws IOException {
    write(database.device(), database.inode(), Optional.of(point), Optional.empty(), false);
  }

  /** The database is in the log as it is, and has no WAL. */
  void recordClosed(FileIdentity database) throws IOException {
    write(database.device(), database.inode(), Optional.empty(), Optional.of(database), false);
  }

  /** What comes next will not be provably next: only a snapshot can go on. */
  void forget(ResyncReason reason) throws IOException {
    whyNoPosition = reason;
    if (wal != null) {
      write(0, 0, Optional.empty(), Optional.empty(), false);
    }
  }

  private void write(
      long device,
      long inode,
      Optional<WalPoint> point,
      Optional<FileIdentity> closed,
      boolean sync)
      throws IOException {
    CapturePosition next =
        new CapturePosition(
            wal.logId(),
            wal.epoch(),
            wal.pageSize(),
            wal.lastCommittedFrameNo(),
            device,
            inode,
            point,
            closed);
    positionFile.write(next.encode(), sync);
    position = next;
  }

  /** Seals what is there, so that a snapshot has a segment of its own. */
  void swap() throws IOException {
    wal.swap();
  }

  /** Seals if the policy of the registry says so. */
  void swapIfDue() throws IOException {
    if (wal != null) {
      wal.swapIfDue();
    }
  }

  /** Closes the position file. The log stays open in the registry, whose shutdown seals it. */
  @Override
  public void close() throws IOException {
    positionFile.close();
  }
}

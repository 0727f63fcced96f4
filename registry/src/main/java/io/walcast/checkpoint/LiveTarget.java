package io.walcast.checkpoint;

import io.walcast.io.FileOwnership;
import io.walcast.io.Io;
import io.walcast.io.MappedFaults;
import io.walcast.io.MappedFileCutException;
import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.FoldableSegment;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveCounters;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.NotADatabaseException;
import io.walcast.sqlite.NotWalModeException;
import io.walcast.sqlite.PageSource;
import io.walcast.sqlite.ReplicaDatabase;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndexCorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds segments into a database that SQLite clients in other processes read at the same time.
 *
 * <p>The database need not exist: the first snapshot creates it. After a kill at any instant it is
 * exactly before or exactly after a fold. It owns the database's files in this process from
 * construction to {@link #close}.
 *
 * <p>A fold whose source states the checksum of the database takes place only if the database will
 * have it. If not, the replica has <em>diverged</em>: it stays as it is until a snapshot is folded.
 *
 * <p>Thread-safe: {@link #readPage} runs beside everything, all else one after the other.
 */
public final class LiveTarget implements CheckpointTarget {

  /** Name of the file beside the position file that has the checksum of the database. */
  public static final String CHECKSUM_FILE = ".checksum";

  private static final Logger LOG = LoggerFactory.getLogger(LiveTarget.class);

  private final Io io;
  private final Path path;
  private final ReplicaFile file;
  private final FileOwnership ownership;
  private final ReplicaPosition positions;
  private final ReplicaChecksum checksum;
  private volatile ReplicaDatabase database;
  private String diverged; // null: a fold was not refused because of its checksum
  private Path replacedInUse; // null: none
  private boolean closed;

  /**
   * Takes the database over; opens it when it is first needed.
   *
   * @param database where it is, or will be; the directory is created
   * @param positionFile where its position is kept, and {@value #CHECKSUM_FILE} beside it; the
   *     directory is created
   * @throws io.walcast.io.FileOwnedException if another part of this process uses the database
   */
  public LiveTarget(Io io, Path database, Path positionFile, LiveOptions options)
      throws IOException {
    this(io, database, positionFile, options, ReplicaJournal.WAL, false);
  }

  /**
   * The same, and may protect the database from programs that would write to it by mistake.
   *
   * @param journal how the database is written
   * @param protect whether nobody gets the permission to write to the database file, so that SQLite
   *     opens it for reading only
   */
  public LiveTarget(
      Io io,
      Path database,
      Path positionFile,
      LiveOptions options,
      ReplicaJournal journal,
      boolean protect)
      throws IOException {
    this.io = io;
    this.path = database;
    this.file = new ReplicaFile(io, database, options, journal, protect);
    io.createDirectories(database.toAbsolutePath().getParent());
    io.createDirectories(positionFile.toAbsolutePath().getParent());
    this.positions = new ReplicaPosition(io, positionFile);
    this.checksum = new ReplicaChecksum(io, positionFile.resolveSibling(CHECKSUM_FILE), database);
    this.ownership = FileOwnership.claim(database, "the replica " + database);
  }

  /**
   * Read from the database each time, never remembered.
   *
   * @throws ReplicaDivergedException if somebody else has written to it or replaced it, or a fold
   *     was refused because of its checksum; folding a snapshot heals it
   */
  @Override
  public synchronized Optional<LogPosition> position() throws IOException {
    return guarded(this::positionNow);
  }

  private Optional<LogPosition> positionNow() throws IOException {
    ReplicaDatabase live = open();
    return live == null ? Optional.empty() : positionOf(live);
  }

  /** Where the wal-index was cut short under its mapping, the next use maps it anew. */
  private <T> T guarded(MappedFaults.Access<T> access) throws IOException {
    try {
      return MappedFaults.guard(WalConnection.shmOf(path), access);
    } catch (MappedFileCutException e) {
      synchronized (this) {
        closeDatabase();
      }
      throw e;
    }
  }

  private Optional<LogPosition> positionOf(ReplicaDatabase live) throws IOException {
    if (diverged != null) {
      throw new ReplicaDivergedException(diverged);
    }
    if (live.isWrittenByOthers()) {
      throw new ReplicaDivergedException(path + " was written to by somebody else");
    }
    int counter = live.changeCounter();
    Optional<PositionAnchor> found = positions.inForce(counter);
    if (found.isEmpty()) {
      throw new ReplicaDivergedException(
          path
              + " has change counter "
              + Integer.toUnsignedString(counter)
              + ", which does not fit "
              + positions.path()
              + ": somebody else wrote to it");
    }
    PositionAnchor anchor = found.get();
    if (anchor.isNothing()) {
      return Optional.empty();
    }
    return Optional.of(
        new LogPosition(
            anchor.logId(),
            anchor.epoch(),
            anchor.frameNoAt(counter).getAsLong(),
            live.sizePages(),
            live.pageSize()));
  }

  /** The open database, or {@code null} if there is none. */
  private synchronized ReplicaDatabase open() throws IOException {
    Optional<Path> replaced = database == null ? Optional.empty() : database.replacedFile();
    if (replaced.isPresent()) {
      closeDatabase();
      // What still lies there, files that do not belong together or lack their WAL, is no replica.
      replacedInUse = replaced.get();
    }
    if (database != null) {
      return database;
    }
    if (io.fileKey(path) == null) {
      return null;
    }
    if (replacedInUse != null) {
      throw new ReplicaDivergedException(replacedInUse + " was replaced or deleted while in use");
    }
    checksum.opening();
    try {
      database = file.open();
    } catch (NotADatabaseException | NotWalModeException | WalIndexCorruptException e) {
      throw new ReplicaDivergedException(path + " is not as Walcast left it", e);
    }
    return database;
  }

  /**
   * Folds a run as one transaction; as two, where a checksum is stated but not at its end. Segments
   * that the replica has are left out; a run that does not continue it must hold a snapshot.
   *
   * @throws FoldRefusedException if the run leaves a gap, is of a lower epoch, or of another log
   *     without a snapshot and a higher epoch
   * @throws ReplicaDivergedException if the database would not have the checksum that the source
   *     states; nothing is folded then
   */
  @Override
  public void fold(List<SealedSegment> run) throws IOException {
    fold(FoldRun.of(run));
  }

  /**
   * The same, of segments wherever they are.
   *
   * @param parts of the snapshot with whose last part the run begins; {@code null}: it does not
   */
  public void fold(List<? extends FoldableSegment> run, StagedPages parts) throws IOException {
    fold(FoldRun.over(parts, run));
  }

  private void fold(FoldRun run) throws IOException {
    guarded(
        () -> {
          for (FoldRun part : run.parts()) {
            if (!foldNow(part, false)) {
              learnChecksum(part); // may take long, and nobody should have to wait
              foldNow(part, true);
            }
          }
          return run;
        });
  }

  /**
   * Folds.
   *
   * @return {@code false} if the checksum has to be learned first
   */
  private synchronized boolean foldNow(FoldRun whole, boolean learned) throws IOException {
    FoldRun todo;
    Optional<LogPosition> position = Optional.empty();
    try {
      position = positionNow();
      if (position.isPresent() && whole.isCoveredBy(position.get())) {
        return true;
      }
      if (!learned && needsChecksum(whole, position)) {
        return false;
      }
      todo =
          position.isPresent()
              ? whole.after(position.get())
              : whole.fromSnapshot(path + " holds nothing yet");
    } catch (ReplicaDivergedException e) {
      todo = whole.fromSnapshot(e.getMessage());
      LOG.warn("{}; it is overwritten by the snapshot {}", e.getMessage(), todo.segments().get(0));
    }
    apply(todo, position);
    return true;
  }

  private boolean needsChecksum(FoldRun run, Optional<LogPosition> position) {
    return run.isChecksumStated()
        && !run.hasSnapshot()
        && position.isPresent()
        && checksum.at(position.get()).isEmpty();
  }

  private void apply(FoldRun run, Optional<LogPosition> position) throws IOException {
    FoldedPages pages = run.pages();
    OptionalLong before = position.isPresent() ? checksum.at(position.get()) : OptionalLong.empty();
    SummedPages summed;
    boolean isNew = database == null || database.pageSize() != run.pageSize();
    Optional<StagedPages> begun = isNew ? run.beginning(path) : Optional.empty();
    if (begun.isPresent()) {
      summed = new SummedPages(path, run, begun.get());
    } else if (pages.areAll() || (before.isEmpty() && run.isChecksumStated())) {
      summed = new SummedPages(path, run, pages);
    } else if (before.isPresent()) {
      summed = new SummedPages(path, run, pages, database, before.getAsLong());
    } else {
      summed = null; // neither is there something to compare with, nor to go on from
    }
    put(run, summed == null ? pages : summed, isNew);
    checksum.reached(run.end(), summed == null ? OptionalLong.empty() : summed.sum());
    diverged = null;
  }

  private void put(FoldRun run, PageSource pages, boolean isNew) throws IOException {
    try {
      if (isNew) {
        create(run, pages); // it continues nothing, so it has every page
      } else {
        database.apply(pages, run.sizeAfter(), positions.counterFor(run, database));
      }
    } catch (ReplicaDivergedException e) {
      diverged = e.getMessage();
      throw e;
    }
  }

  /** Reads the whole database, where its checksum is going to be needed and is not known. */
  private void learnChecksum(FoldRun run) throws IOException {
    ReplicaDatabase live;
    LogPosition at;
    synchronized (this) {
      try {
        Optional<LogPosition> position = positionNow();
        if (!needsChecksum(run, position)) {
          return;
        }
        at = position.get();
        live = database;
      } catch (ReplicaDivergedException e) {
        return; // so the fold will need a snapshot
      }
    }
    LOG.info("{}: reading its {} pages to learn its checksum", path, at.sizePages());
    long found = ReplicaChecksum.scan(live);
    synchronized (this) {
      try {
        checksum.found(at, found);
      } catch (ReplicaDivergedException e) {
        diverged = e.getMessage(); // which is what the fold finds
      }
    }
  }

  /**
   * Puts a new database in place. Its position is anchored first, at a counter that no database
   * here has yet, so that at no instant a position claims more than is there.
   */
  private void create(FoldRun run, PageSource pages) throws IOException {
    int present =
        database == null ? ReplicaDatabase.FRESH_CHANGE_COUNTER : database.changeCounter();
    int counter = positions.anchor(run.logId(), run.epoch(), run.lastFrameNo(), present);
    closeDatabase();
    file.create(pages, run.pageSize(), run.sizeAfter(), counter);
    database = file.open();
    replacedInUse = null;
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    guarded(
        () -> {
          readPublished(pageNo, target);
          return target;
        });
  }

  private void readPublished(int pageNo, ByteBuffer target) throws IOException {
    ReplicaDatabase opened = database;
    ReplicaDatabase live = opened == null ? open() : opened;
    if (live == null) {
      throw new NoSuchFileException(path.toString(), null, "no page " + pageNo + " yet");
    }
    live.readPage(pageNo, target);
  }

  /** Forces what an earlier target has folded, too; of a diverged replica nothing is claimed. */
  @Override
  public synchronized void force() throws IOException {
    if (!closed) {
      guarded(
          () -> {
            forceDatabase();
            return this;
          });
    }
  }

  private void forceDatabase() throws IOException {
    ReplicaDatabase live;
    try {
      live = open();
    } catch (ReplicaDivergedException e) {
      return;
    }
    if (live != null) {
      live.force();
      checksum.save(live);
    }
  }

  /** What the native WAL has gone through since opening; empty if there is no database yet. */
  public synchronized Optional<LiveCounters> counters() {
    return Optional.ofNullable(database).map(ReplicaDatabase::counters);
  }

  private void closeDatabase() throws IOException {
    ReplicaDatabase live = database;
    database = null;
    if (live != null) {
      live.close();
    }
  }

  /** Closes the files and gives the database up; what is not forced yet the system will write. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    try (ownership;
        positions) {
      guarded(
          () -> {
            if (database != null) {
              checksum.save(database);
            }
            closeDatabase();
            return this;
          });
    }
  }
}

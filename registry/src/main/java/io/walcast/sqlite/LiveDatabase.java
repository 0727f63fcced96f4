package io.walcast.sqlite;

import io.walcast.io.Io;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WAL-mode database that is written page by page, one transaction at a time, while any SQLite
 * client in another process reads it. Written as a SQLite writer writes: same locks, same files,
 * same order; readers see whole transactions only.
 *
 * <p>A transaction is visible when {@link #apply} returns, and survives a kill. It survives a power
 * cut once {@link #force} has returned; without it a power cut can take back the newest
 * transactions, whole ones, newest first.
 *
 * <p>Thread-safe: {@link #readPage} runs beside everything, all else one after the other. The
 * caller has claimed {@link io.walcast.io.FileOwnership} of the database. No SQLite library may be
 * used on it in this process.
 */
public final class LiveDatabase implements ReplicaDatabase {

  private static final Logger LOG = LoggerFactory.getLogger(LiveDatabase.class);
  private static final int READS_WITHOUT_LOCK = 8;
  private static final long WRITE_BEHIND_BYTES = 2 << 20;

  private final Io io;
  private final Path path;
  private final LiveOptions options;
  private final Steps steps;
  private final WalConnection connection;
  private final WalSync sync;
  private final WalWriter writer;
  private final WalReset reset;
  private final NativeCheckpoint checkpoint;
  private final PageReader reader;
  private final PageOneCache pageOne;
  private final FilesInPlace inPlace;
  private boolean forced;
  private long unwrittenFrames; // since the WAL was last told to go to the disk
  private long transactions;
  private long frames;
  private long checkpointFailures;
  private boolean checkpointFailing;
  private int change;
  private long limitWaits;

  private LiveDatabase(Io io, Path path, LiveOptions options, Steps steps, WalConnection connection)
      throws IOException {
    this.io = io;
    this.path = path;
    this.options = options;
    this.steps = steps;
    this.connection = connection;
    this.sync = new WalSync(io, connection);
    this.writer = new WalWriter(io, connection, sync, options.walLimitFrames(), steps);
    this.reset = new WalReset(io, connection, steps);
    this.checkpoint = new NativeCheckpoint(connection, sync, steps);
    this.reader = new PageReader(connection);
    this.pageOne = new PageOneCache(connection, target -> readPage(1, target));
    this.inPlace = new FilesInPlace(io, path, WalConnection.walOf(path), WalConnection.shmOf(path));
  }

  /**
   * Opens an existing database and recovers it if it has to be. A transaction that a killed process
   * had written but not published is gone afterwards.
   *
   * @throws java.nio.file.NoSuchFileException if there is no database file
   * @throws NotADatabaseException if the file is something else
   * @throws NotWalModeException if it is in another journal mode
   * @throws DatabaseLockedException if another process keeps it locked
   */
  public static LiveDatabase open(Io io, Path database, LiveOptions options) throws IOException {
    return open(io, database, options, Steps.NONE);
  }

  static LiveDatabase open(Io io, Path database, LiveOptions options, Steps steps)
      throws IOException {
    WalConnection connection = WalConnection.attach(io, database, options.lockWait(), steps);
    try {
      LiveDatabase live = new LiveDatabase(io, database, options, steps, connection);
      live.forgetUnpublished();
      return live;
    } catch (IOException | RuntimeException e) {
      try {
        connection.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void forgetUnpublished() throws IOException {
    FileLock write = lockForWriting();
    try {
      WalIndexHeader header = connection.headerForWriting();
      writer.forgetUnpublished(header);
      change = header.change();
    } finally {
      write.release();
    }
  }

  @Override
  public synchronized Optional<Path> replacedFile() throws IOException {
    return inPlace.replaced();
  }

  @Override
  public int pageSize() {
    return connection.pageSize();
  }

  @Override
  public int sizePages() throws IOException {
    return reader.sizePages(connection.header());
  }

  @Override
  public synchronized int changeCounter() throws IOException {
    return ReplicaPageOne.changeCounter(pageOne.current());
  }

  /**
   * Whether somebody else has committed since this was opened. The change counter of page 1 does
   * not tell: SQLite leaves it alone in WAL mode unless it writes page 1 for another reason.
   */
  @Override
  public synchronized boolean isWrittenByOthers() throws IOException {
    return connection.header().change() != change;
  }

  /** Number of frames in the WAL. */
  public int walFrames() throws IOException {
    return connection.header().maxFrame();
  }

  @Override
  public synchronized LiveCounters counters() {
    return new LiveCounters(
        transactions, frames, reset.resets(), reset.busy(), checkpointFailures, limitWaits);
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    for (int i = 0; i < READS_WITHOUT_LOCK; i++) {
      if (reader.tryRead(pageNo, target)) {
        return;
      }
    }
    synchronized (this) { // our own writing stands still now; only a foreign one could disturb
      LockWait wait = new LockWait(io, options.lockWait());
      while (!reader.tryRead(pageNo, target)) {
        wait.againOrFail(path, "the write lock again and again");
        connection.header(); // which rebuilds an index that a dead writer has left in disorder
      }
    }
  }

  @Override
  public synchronized void apply(PageSource pages, int sizeAfter, int changeCounter)
      throws IOException {
    TransactionFrames transaction =
        new TransactionFrames(pages, sizeAfter, changeCounter, pageSize(), ReplicaJournal.WAL);
    waitAtLimit();
    FileLock write = lockForWriting();
    try {
      steps.reached("write locked");
      WalIndexHeader header = reset.tryReset(connection.headerForWriting());
      writer.write(header, transaction, target -> target.put(pageOne.current()));
      pageOne.written(transaction.pageOne());
      change = header.change() + 1;
    } finally {
      write.release();
    }
    steps.reached("applied");
    forced = false;
    transactions++;
    frames += transaction.count();
    checkpointIfDue();
    writeBehind(transaction.count());
  }

  /** Has the disk busy while frames come in, not only when all of them have to be there. */
  private void writeBehind(int newFrames) {
    unwrittenFrames += newFrames;
    if (unwrittenFrames * pageSize() >= WRITE_BEHIND_BYTES) {
      connection.wal().beginForce();
      unwrittenFrames = 0;
    }
  }

  private FileLock lockForWriting() throws IOException {
    return connection.locks().awaitExclusive(WalLocks.WRITE, 1, options.lockWait());
  }

  private void waitAtLimit() throws IOException {
    if (walFrames() >= options.walLimitFrames() && !drain(Duration.ZERO)) {
      limitWaits++;
      if (!drain(options.limitWait())) {
        LOG.warn("{}: readers keep its WAL at {} frames", path, walFrames());
      }
    }
  }

  /** The transaction is applied whatever becomes of this; it is tried again after the next one. */
  private void checkpointIfDue() {
    try {
      if (walFrames() >= options.checkpointFrames()) {
        checkpoint.run();
        checkpointFailing = false;
      }
    } catch (IOException e) {
      checkpointFailures++;
      if (!checkpointFailing) { // a full disk would say so with each transaction
        LOG.warn("{}: checkpoint failed, will be tried again after each transaction", path, e);
      }
      checkpointFailing = true;
    }
  }

  /** Checkpoints the native WAL as far as readers permit; {@code true} if all of it. */
  public synchronized boolean checkpoint() throws IOException {
    return checkpoint.run();
  }

  /**
   * Checkpoints until the whole WAL is in the database file and no reader uses it, so that the next
   * transaction starts it over. Readers are not disturbed.
   *
   * @return {@code false} if readers were still there at the end of the time
   */
  public synchronized boolean drain(Duration atMost) throws IOException {
    LockWait wait = new LockWait(io, atMost);
    do {
      if (checkpoint.run()) {
        FileLock slots =
            connection.locks().tryExclusive(WalLocks.READ_0 + 1, WalLocks.READ_SLOTS - 1);
        if (slots != null) {
          slots.release();
          return true;
        }
      }
    } while (wait.again());
    return false;
  }

  @Override
  public synchronized void force() throws IOException {
    if (!forced) {
      sync.force();
      forced = true;
    }
  }

  /**
   * Closes the files and gives up all locks; the WAL stays for the next opening, which cannot know
   * of a sync that failed: so that is made good first.
   */
  @Override
  public synchronized void close() throws IOException {
    try (connection) {
      if (sync.hasFailed()) {
        sync.force();
      }
    }
  }
}

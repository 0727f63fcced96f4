package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection to a WAL-mode database, attached as SQLite attaches: SHARED on the database file,
 * {@code -wal} and {@code -shm} opened or created, the wal-index rebuilt if it has to be.
 *
 * <p>The caller has claimed {@link io.walcast.io.FileOwnership} of the database: a second
 * connection in one process would undo the locks of the first. {@link #close} does not do what
 * SQLite's last connection does: the WAL stays, for the next connection to find.
 *
 * <p>Attaching is for one thread; what the parts allow is theirs to say.
 */
public final class WalConnection implements Closeable {

  /** How long {@link #attach(Io, Path)} waits for locks. */
  public static final Duration DEFAULT_WAIT = Duration.ofMillis(200);

  /** SQLite leaves these bytes, too few for a header, when it empties an untrusted wal-index. */
  private static final long UNTRUSTED_SHM_BYTES = 3;

  private final Io io;
  private final Path path;
  private final Duration lockWait;
  private final Steps steps;
  private StorageFile database;
  private StorageFile wal;
  private StorageFile shm;
  private DatabaseFileLock databaseLock;
  private FileLock attached; // referenced for life: a collected lock is forgotten by the JVM
  private WalLocks locks;
  private WalIndex index;
  private int pageSize;

  private WalConnection(Io io, Path path, Duration lockWait, Steps steps) {
    this.io = io;
    this.path = path;
    this.lockWait = lockWait;
    this.steps = steps;
  }

  /** As {@link #attach(Io, Path, Duration)} with {@link #DEFAULT_WAIT}. */
  public static WalConnection attach(Io io, Path database) throws IOException {
    return attach(io, database, DEFAULT_WAIT);
  }

  /**
   * Attaches to an existing database.
   *
   * @param lockWait how long to wait for each lock
   * @throws java.nio.file.NoSuchFileException if there is no database file
   * @throws NotADatabaseException if the file is something else
   * @throws NotWalModeException if it is in another journal mode
   * @throws DatabaseLockedException if another connection has it exclusively
   */
  public static WalConnection attach(Io io, Path database, Duration lockWait) throws IOException {
    return attach(io, database, lockWait, Steps.NONE);
  }

  static WalConnection attach(Io io, Path database, Duration lockWait, Steps steps)
      throws IOException {
    WalConnection connection = new WalConnection(io, database, lockWait, steps);
    try {
      connection.open();
      return connection;
    } catch (IOException | RuntimeException e) {
      try {
        connection.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** The path of a database's {@code -wal} file. */
  public static Path walOf(Path database) {
    return sibling(database, "-wal");
  }

  /** The path of a database's {@code -shm} file. */
  public static Path shmOf(Path database) {
    return sibling(database, "-shm");
  }

  static Path sibling(Path database, String suffix) {
    return database.resolveSibling(database.getFileName() + suffix);
  }

  private void open() throws IOException {
    database = io.open(path, Io.OpenMode.READ_WRITE);
    databaseLock = new DatabaseFileLock(database);
    LockWait wait = new LockWait(io, lockWait);
    while (!databaseLock.tryHold()) {
      wait.againOrFail(path, "the database file");
    }
    steps.reached("database shared");
    // Only now: as long as SHARED is held nobody deletes -wal and -shm or leaves WAL mode.
    pageSize = readHeader().pageSize();
    wal = openSibling(walOf(path));
    shm = openSibling(shmOf(path));
    steps.reached("siblings opened");
    locks = new WalLocks(io, shm, path);
    attachToIndex();
    index = new WalIndex(shm);
    header();
  }

  private DatabaseHeader readHeader() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    while (bytes.hasRemaining() && database.read(bytes, bytes.position()) >= 0) {}
    DatabaseHeader header = DatabaseHeader.parse(bytes.flip(), path);
    if (!header.isWal()) {
      throw new NotWalModeException(
          path + " is not in WAL mode: run PRAGMA journal_mode=WAL in it once");
    }
    return header;
  }

  private StorageFile openSibling(Path sibling) throws IOException {
    boolean created = !io.exists(sibling);
    StorageFile file = io.open(sibling, Io.OpenMode.CREATE);
    if (created) {
      try {
        io.copyAccess(path, sibling);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    }
    return file;
  }

  /**
   * Shares the attached byte. Whoever gets it exclusively first is alone, so what the index holds
   * is of no worth. Java cannot turn an exclusive lock into a shared one: between the two another
   * connection may do the same, which is why nothing is mapped yet.
   */
  private void attachToIndex() throws IOException {
    LockWait wait = new LockWait(io, lockWait);
    while (true) {
      FileLock alone = locks.tryExclusive(WalLocks.ATTACHED);
      if (alone != null) {
        try {
          shm.truncate(UNTRUSTED_SHM_BYTES);
        } finally {
          alone.release();
        }
        steps.reached("index emptied");
      }
      attached = locks.tryShared(WalLocks.ATTACHED);
      if (attached != null) {
        steps.reached("attached");
        return;
      }
      wait.againOrFail(path, "byte " + WalLocks.ATTACHED + " of its -shm file");
    }
  }

  /**
   * The header in force; the wal-index is rebuilt if that takes it. A bad header may be a live
   * writer between two stores: only the write lock proves that it is not.
   *
   * @throws DatabaseLockedException if the header stays bad and another connection keeps the write
   *     lock
   */
  public WalIndexHeader header() throws IOException {
    WalIndexHeader header = index.readHeader();
    if (header == null) {
      header = headerUnderLock();
    }
    requireKnownVersion(header);
    return header;
  }

  private WalIndexHeader headerUnderLock() throws IOException {
    LockWait wait = new LockWait(io, lockWait);
    while (true) {
      FileLock write = locks.tryExclusive(WalLocks.WRITE);
      if (write != null) {
        try {
          return headerForWriting();
        } finally {
          write.release();
        }
      }
      WalIndexHeader header = index.readHeader();
      if (header != null) {
        return header;
      }
      wait.againOrFail(path, "the write lock, with the wal-index in disorder");
    }
  }

  /** The header as the holder of the write lock needs it: rebuilt if it is bad. */
  WalIndexHeader headerForWriting() throws IOException {
    index.growFor(1);
    WalIndexHeader header = index.readHeader();
    if (header == null) {
      new WalRecovery(wal, index, locks, pageSize, steps).run(lockWait);
      header = index.readHeader();
    }
    requireKnownVersion(header);
    return header;
  }

  private void requireKnownVersion(WalIndexHeader header) throws WalIndexCorruptException {
    if (header.version() != WalIndexHeader.VERSION) {
      throw new WalIndexCorruptException(shm.path() + " is of version " + header.version());
    }
  }

  /** The database file. */
  public StorageFile database() {
    return database;
  }

  /**
   * Closes what is of no use while nothing happens: the write-ahead log, and the database file
   * unless its lock is held. The locks on the wal-index stay, and so does its mapping.
   */
  public void closeForRest() throws IOException {
    StorageFile log = wal;
    wal = null;
    if (log != null) {
      log.close();
    }
    if (database != null && !databaseLock.isHeld()) {
      StorageFile file = database;
      database = null;
      file.close();
    }
  }

  /** Opens the database file again, if it is closed. It may be another one than before. */
  public void reopenDatabase() throws IOException {
    if (database == null) {
      database = io.open(path, Io.OpenMode.READ_WRITE);
      databaseLock = new DatabaseFileLock(database);
    }
  }

  /**
   * Opens the write-ahead log again. The caller holds the SHARED lock, and has seen since that the
   * paths still lead to the files of this connection: so what is at the path is its log.
   *
   * @throws java.nio.file.NoSuchFileException if it is gone
   */
  public void reopenWal() throws IOException {
    if (wal == null) {
      wal = io.open(walOf(path), Io.OpenMode.READ_WRITE);
    }
  }

  /** The write-ahead log. */
  public StorageFile wal() {
    return wal;
  }

  /** The wal-index. */
  public WalIndex index() {
    return index;
  }

  /** The lock bytes. */
  public WalLocks locks() {
    return locks;
  }

  /** Page size in bytes. */
  public int pageSize() {
    return pageSize;
  }

  /** Whether the SHARED lock on the database file is held. */
  public boolean holdsDatabase() {
    return databaseLock.isHeld();
  }

  /** Takes the SHARED lock on the database file again; {@code false} if it cannot be had now. */
  public boolean tryHoldDatabase() throws IOException {
    return databaseLock.tryHold();
  }

  /** Lets the SHARED lock on the database file go: the last connection to close deletes the WAL. */
  public void releaseDatabase() throws IOException {
    databaseLock.release();
  }

  /** Closes the three files, and so gives up every lock. Closing twice does no harm. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (StorageFile file : new StorageFile[] {shm, wal, database}) {
      try {
        if (file != null) {
          file.close();
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

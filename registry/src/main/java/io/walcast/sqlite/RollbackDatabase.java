package io.walcast.sqlite;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A database that is written as SQLite writes one with a rollback journal: same locks, same files,
 * same order. Readers need nothing but the file, and wait while a transaction is written.
 *
 * <table>
 *   <caption>A transaction</caption>
 *   <tr><th>step</th><th>a kill or power cut after it leaves</th></tr>
 *   <tr><td>reserved lock; the pages that will change written to a journal of another name, synced
 *       </td><td>the state before</td></tr>
 *   <tr><td>pending and exclusive lock: readers wait</td><td>the state before</td></tr>
 *   <tr><td>journal renamed, directory synced</td><td>the state before, once rolled back</td></tr>
 *   <tr><td>pages written, size set, synced</td><td>the state before, once rolled back</td></tr>
 *   <tr><td>journal deleted</td><td>the state after; after a power cut perhaps that before</td></tr>
 *   <tr><td>locks given up; {@link #force} syncs the directory</td><td>the state after</td></tr>
 * </table>
 *
 * <p>The next transaction's journal syncs the directory before a page is written, so an older
 * journal can come back only over the pages that it fits.
 */
final class RollbackDatabase implements ReplicaDatabase {

  private final Io io;
  private final Path path;
  private final LiveOptions options;
  private final Steps steps;
  private final StorageFile file;
  private final FileIdentity identity;
  private final int pageSize;
  private final RollbackJournal journal;
  private final ReadWriteLock content = new ReentrantReadWriteLock();
  private boolean forced;
  private volatile boolean unsettled; // a transaction failed, and could not be rolled back
  private int expectedCounter;
  private long transactions;
  private long frames;

  private RollbackDatabase(
      Io io, Path path, LiveOptions options, Steps steps, StorageFile file, int pageSize)
      throws IOException {
    this.io = io;
    this.path = path;
    this.options = options;
    this.steps = steps;
    this.file = file;
    this.identity = io.identity(path);
    this.pageSize = pageSize;
    this.journal = new RollbackJournal(io, path, pageSize);
  }

  static RollbackDatabase open(Io io, Path path, LiveOptions options, Steps steps)
      throws IOException {
    StorageFile file = io.open(path, Io.OpenMode.READ_WRITE);
    try {
      int pageSize = header(file).pageSize(); // a crash can have changed it no more than its bytes
      RollbackDatabase database = new RollbackDatabase(io, path, options, steps, file, pageSize);
      database.settle();
      return database;
    } catch (IOException | RuntimeException e) {
      try {
        file.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static DatabaseHeader header(StorageFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
      // goes on until the header is there, or the file ends
    }
    DatabaseHeader header = DatabaseHeader.parse(bytes.flip(), file.path());
    if (header.writeVersion() != 1 || header.readVersion() != 1) {
      throw new NotWalModeException(
          file.path() + " is in WAL mode, and was to be one with a rollback journal");
    }
    return header;
  }

  /** Rolls back what a life before, or a failure, has left half done. */
  private void settle() throws IOException {
    try (RollbackLocks locks = new RollbackLocks(io, file, options.lockWait())) {
      locks.reserve();
      rollBackIfHot(locks);
    }
    unsettled = false;
    expectedCounter = changeCounter();
  }

  private void rollBackIfHot(RollbackLocks locks) throws IOException {
    if (journal.isHot()) {
      locks.exclude();
      steps.reached("hot journal found");
      journal.playBack(file);
      steps.reached("rolled back");
      journal.delete();
      forced = false;
    }
    journal.deleteUnpublished();
  }

  private void requireSettled() throws IOException {
    if (unsettled) {
      synchronized (this) {
        if (unsettled) {
          settle();
        }
      }
    }
  }

  @Override
  public int pageSize() {
    return pageSize;
  }

  @Override
  public int sizePages() throws IOException {
    return (int) (file.size() / pageSize);
  }

  @Override
  public int changeCounter() throws IOException {
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    readPage(1, page);
    return ReplicaPageOne.changeCounter(page);
  }

  /** SQLite counts every commit in page 1 where there is no WAL. */
  @Override
  public synchronized boolean isWrittenByOthers() throws IOException {
    return changeCounter() != expectedCounter;
  }

  @Override
  public Optional<Path> replacedFile() throws IOException {
    return identity != null && identity.sameFile(io.identity(path))
        ? Optional.empty()
        : Optional.of(path);
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    requireSettled();
    content.readLock().lock();
    try {
      if (pageNo < 1 || pageNo > sizePages()) {
        throw new IOException(path + " has " + sizePages() + " pages, no page " + pageNo);
      }
      ByteBuffer page = target.slice(target.position(), pageSize);
      file.readFully(page, (pageNo - 1L) * pageSize);
      target.position(target.position() + pageSize);
    } finally {
      content.readLock().unlock();
    }
  }

  @Override
  public synchronized void apply(PageSource pages, int sizeAfter, int changeCounter)
      throws IOException {
    TransactionFrames transaction =
        new TransactionFrames(pages, sizeAfter, changeCounter, pageSize, ReplicaJournal.ROLLBACK);
    requireSettled();
    try (RollbackLocks locks = new RollbackLocks(io, file, options.lockWait())) {
      locks.reserve();
      steps.reached("reserved");
      int size = sizePages();
      journal.prepare(file, size, changing(transaction, size));
      steps.reached("journal written");
      locks.exclude();
      content.writeLock().lock();
      try {
        write(transaction);
      } finally {
        content.writeLock().unlock();
      }
    }
    steps.reached("applied");
    expectedCounter = changeCounter;
    transactions++;
    frames += transaction.count();
  }

  /** The pages that the transaction changes or cuts off, of those that there are. */
  private int[] changing(TransactionFrames transaction, int size) {
    int lockBytePage = DatabaseHeader.lockBytePage(pageSize);
    int written = 0;
    while (written < transaction.count() && transaction.pageNo(written) <= size) {
      written++;
    }
    int cut = Math.max(0, size - transaction.sizeAfter());
    int[] pageNos = new int[written + cut];
    for (int i = 0; i < written; i++) {
      pageNos[i] = transaction.pageNo(i);
    }
    int count = written;
    for (int pageNo = transaction.sizeAfter() + 1; pageNo <= size; pageNo++) {
      if (pageNo != lockBytePage) {
        pageNos[count++] = pageNo;
      }
    }
    return Arrays.copyOf(pageNos, count);
  }

  private void write(TransactionFrames transaction) throws IOException {
    try {
      journal.publish();
      steps.reached("journal in place");
      forced = false;
      writePages(transaction);
      file.force(false);
      steps.reached("database forced");
      journal.delete();
    } catch (IOException e) {
      unsettled = true;
      try {
        rollBack();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed); // whoever comes next tries again
      }
      throw e;
    }
  }

  private void rollBack() throws IOException {
    if (journal.isHot()) {
      journal.playBack(file);
      journal.delete();
    }
    unsettled = false;
  }

  private void writePages(TransactionFrames transaction) throws IOException {
    for (int from = 0; from < transaction.count(); ) {
      int loaded = transaction.load(from, this::readPageOne);
      if (from + loaded == transaction.count()) {
        transaction.verify();
      }
      for (int i = 0; i < loaded; i++) {
        file.writeFully(transaction.page(i), (transaction.pageNo(from + i) - 1L) * pageSize);
        steps.reached("page written");
      }
      from += loaded;
    }
    RollbackJournal.setSize(file, (long) transaction.sizeAfter() * pageSize);
    steps.reached("size set");
  }

  private void readPageOne(ByteBuffer target) throws IOException {
    readPage(1, target);
  }

  @Override
  public synchronized void force() throws IOException {
    if (!forced) {
      io.syncDirectory(path.toAbsolutePath().getParent());
      forced = true;
    }
  }

  @Override
  public synchronized LiveCounters counters() {
    return new LiveCounters(transactions, frames, 0, 0, 0, 0);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Puts a new database in place. Its pages are written to the file itself, once, because nobody can
 * be reading it yet; those of them that {@linkplain PageSource#begin lie in a file already} are not
 * written again. The files of an earlier one go first, its database file before all: a stale {@code
 * -wal} over the new file, or the old file without its {@code -wal}, would be taken for a database
 * that never was.
 */
final class FreshDatabase {

  private static final int BUFFER_BYTES = 1 << 20;

  private final Io io;
  private final Path database;
  private final ReplicaJournal journal;
  private final Steps steps;

  FreshDatabase(Io io, Path database, ReplicaJournal journal, Steps steps) {
    this.io = io;
    this.database = database;
    this.journal = journal;
    this.steps = steps;
  }

  /**
   * A database of these pages.
   *
   * @param pages all of them, but perhaps the lock-byte page and those begun with
   * @param sizePages size in pages
   * @param changeCounter the counter that page 1 gets
   */
  void create(PageSource pages, int pageSize, int sizePages, int changeCounter) throws IOException {
    if (pages.count() == 0 || pages.pageNo(0) != 1) {
      throw new IOException("cannot create " + database + " without page 1");
    }
    Path fresh = WalConnection.sibling(database, "-new");
    try {
      writeAll(fresh, pages, pageSize, sizePages, changeCounter);
    } catch (IOException e) {
      giveUp(fresh, e);
      throw e;
    }
    if (io.exists(database)) {
      io.copyAccess(database, fresh);
    }
    steps.reached("fresh database written");
    io.delete(database);
    for (String suffix : new String[] {"-wal", "-shm", "-journal"}) {
      io.delete(WalConnection.sibling(database, suffix));
      steps.reached("old file deleted");
    }
    io.rename(fresh, database);
    steps.reached("fresh database in place");
    io.syncDirectory(database.toAbsolutePath().getParent());
  }

  private void giveUp(Path fresh, IOException cause) {
    try {
      io.delete(fresh);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private void writeAll(
      Path fresh, PageSource pages, int pageSize, int sizePages, int changeCounter)
      throws IOException {
    Optional<StorageFile> begun = pages.begin(fresh);
    try (StorageFile file =
        begun.isPresent() ? begun.get() : io.open(fresh, Io.OpenMode.TRUNCATE)) {
      write(file, pages, pageSize, changeCounter);
      long end = (long) sizePages * pageSize;
      long present = file.size();
      if (present < end) { // it ends with the lock-byte page
        file.writeFully(ByteBuffer.allocate(1), end - 1);
      } else if (present > end) { // what was begun had more
        file.truncate(end);
      }
      pages.verify();
      file.force(true);
    }
  }

  private void write(StorageFile file, PageSource pages, int pageSize, int changeCounter)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.max(1, BUFFER_BYTES / pageSize) * pageSize);
    for (int i = 0; i < pages.count(); ) {
      int first = i;
      buffer.clear();
      for (; isNextInRun(pages, first, i) && buffer.hasRemaining(); i++) {
        pages.read(i, buffer);
      }
      if (first == 0) {
        ReplicaPageOne.own(buffer.array(), 0, changeCounter, journal);
      }
      file.writeFully(buffer.flip(), (pages.pageNo(first) - 1L) * pageSize);
      steps.reached("pages of the fresh database written");
    }
  }

  private static boolean isNextInRun(PageSource pages, int first, int i) {
    return i < pages.count() && pages.pageNo(i) - pages.pageNo(first) == i - first;
  }
}

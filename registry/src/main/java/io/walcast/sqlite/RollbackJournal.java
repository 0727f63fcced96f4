package io.walcast.sqlite;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * SQLite's rollback journal, {@code <database>-journal}: the pages that a transaction is about to
 * change, as they were. While it lies there, and nobody holds the reserved lock, whoever opens the
 * database puts them back.
 *
 * <pre>
 *   0    u64  magic d9d505f920a163d7         16  u32  size of the database in pages before
 *   8    u32  number of records              20  u32  sector size, 512
 *   12   u32  nonce of the checksums         24  u32  page size in bytes
 *   28        zeros up to 512
 *   512       records, each:  u32  page number
 *                             page
 *                             u32  nonce plus the sum of the bytes at page size - 200, - 400, ...
 * </pre>
 *
 * <p>It is written and synced under another name, and renamed: so it is whole when it is there, and
 * needs neither SQLite's second sync nor an order of its writes. Used by one thread.
 */
final class RollbackJournal {

  private static final long MAGIC = 0xd9d5_05f9_20a1_63d7L;
  private static final int SECTOR = 512;
  private static final int HEADER = 28;
  private static final int AROUND_A_PAGE = 8;
  private static final int CHECKSUM_STEP = 200;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Io io;
  private final Path path;
  private final Path unpublished;
  private final int pageSize;
  private final int recordSize;

  RollbackJournal(Io io, Path database, int pageSize) {
    this.io = io;
    this.path = WalConnection.sibling(database, "-journal");
    this.unpublished = WalConnection.sibling(database, "-journal-new");
    this.pageSize = pageSize;
    this.recordSize = pageSize + AROUND_A_PAGE;
  }

  /** Whether there is one that has to be rolled back, unless its writer still lives. */
  boolean isHot() throws IOException {
    FileIdentity found = io.identity(path);
    if (found == null || found.sizeBytes() == 0) {
      return false;
    }
    try (StorageFile file = io.open(path, Io.OpenMode.READ)) {
      ByteBuffer first = ByteBuffer.allocate(1);
      return file.read(first, 0) == 1 && first.get(0) != 0; // zeros: a journal that was kept
    }
  }

  /**
   * Writes what the pages are now, without consequence yet.
   *
   * @param sizePages of the database
   * @param pageNos none above the size
   */
  void prepare(StorageFile database, int sizePages, int[] pageNos) throws IOException {
    int nonce = (int) io.randomLong();
    try (StorageFile file = io.open(unpublished, Io.OpenMode.TRUNCATE)) {
      ByteBuffer header = ByteBuffer.allocate(SECTOR).order(ByteOrder.BIG_ENDIAN);
      header.putLong(MAGIC).putInt(pageNos.length).putInt(nonce);
      header.putInt(sizePages).putInt(SECTOR).putInt(pageSize);
      file.writeFully(header.clear(), 0);
      int most = Math.max(1, Math.min(BUFFER_BYTES / recordSize, pageNos.length));
      ByteBuffer records = ByteBuffer.allocate(most * recordSize).order(ByteOrder.BIG_ENDIAN);
      long at = SECTOR;
      for (int i = 0; i < pageNos.length; ) {
        records.clear();
        for (; i < pageNos.length && records.hasRemaining(); i++) {
          addRecord(records, database, pageNos[i], nonce);
        }
        int length = records.flip().remaining();
        file.writeFully(records, at);
        at += length;
      }
      file.force(false);
    }
  }

  private void addRecord(ByteBuffer records, StorageFile database, int pageNo, int nonce)
      throws IOException {
    records.putInt(pageNo);
    ByteBuffer page = records.slice(records.position(), pageSize);
    database.readFully(page.duplicate(), (pageNo - 1L) * pageSize);
    records.position(records.position() + pageSize).putInt(checksum(page, nonce));
  }

  private int checksum(ByteBuffer page, int nonce) {
    int sum = nonce;
    for (int i = pageSize - CHECKSUM_STEP; i > 0; i -= CHECKSUM_STEP) {
      sum += page.get(i) & 0xff;
    }
    return sum;
  }

  /** From here on the pages come back, at a kill or a power cut, until it is deleted. */
  void publish() throws IOException {
    io.rename(unpublished, path);
    io.syncDirectory(path.toAbsolutePath().getParent());
  }

  /** Commits what was done since it was published. */
  void delete() throws IOException {
    io.delete(path);
  }

  /** Deletes what a life that ended left unpublished. */
  void deleteUnpublished() throws IOException {
    if (io.exists(unpublished)) {
      io.delete(unpublished);
    }
  }

  /**
   * Puts the pages back and makes that durable; the journal stays.
   *
   * @throws NotADatabaseException if it is not one that was written here
   */
  void playBack(StorageFile database) throws IOException {
    try (StorageFile file = io.open(path, Io.OpenMode.READ)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.BIG_ENDIAN);
      require(file.size() >= SECTOR, 0);
      file.readFully(header, 0);
      int records = header.getInt(8);
      int sizePages = header.getInt(16);
      require(
          header.getLong(0) == MAGIC
              && records >= 0
              && file.size() == SECTOR + (long) records * recordSize
              && sizePages > 0
              && header.getInt(20) == SECTOR
              && header.getInt(24) == pageSize,
          0);
      ByteBuffer record = ByteBuffer.allocate(recordSize).order(ByteOrder.BIG_ENDIAN);
      for (boolean write : new boolean[] {false, true}) { // nothing, unless all of it is good
        for (int i = 0; i < records; i++) {
          long at = SECTOR + (long) i * recordSize;
          file.readFully(record.clear(), at);
          int pageNo = record.getInt(0);
          ByteBuffer page = record.slice(Integer.BYTES, pageSize);
          int stated = record.getInt(recordSize - Integer.BYTES);
          require(stated == checksum(page, header.getInt(12)), at);
          require(pageNo > 0 && pageNo <= sizePages, at);
          if (write) {
            database.writeFully(page, (pageNo - 1L) * pageSize);
          }
        }
      }
      setSize(database, (long) sizePages * pageSize);
      database.force(true);
    }
  }

  /** Cuts a file, or lets it end with the lock-byte page, which is never written. */
  static void setSize(StorageFile database, long bytes) throws IOException {
    if (database.size() > bytes) {
      database.truncate(bytes);
    } else if (database.size() < bytes) {
      database.writeFully(ByteBuffer.allocate(1), bytes - 1);
    }
  }

  private void require(boolean good, long offset) throws NotADatabaseException {
    if (!good) {
      throw new NotADatabaseException(
          path + " is no journal of a replica of " + pageSize + "-byte pages, at offset " + offset);
    }
  }
}

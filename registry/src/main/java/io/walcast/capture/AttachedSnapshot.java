package io.walcast.capture;

import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalFrames;
import io.walcast.sqlite.WalHeader;
import io.walcast.sqlite.WalIndexHeader;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * Copies a database that others write to, as one transaction, without holding them up.
 *
 * <p>The caller keeps the WAL from being reset. So whatever is back-filled into the file while it
 * is read is also among the frames that are in the WAL when the file has been read: those are
 * appended after the pages, and the newest version of a page wins.
 */
final class AttachedSnapshot {

  private static final int ATTEMPTS = 10;

  private final WalConnection connection;
  private final CaptureLog log;

  AttachedSnapshot(WalConnection connection, CaptureLog log) {
    this.connection = connection;
    this.log = log;
  }

  /**
   * Takes the snapshot.
   *
   * @return the header that it reaches to
   * @throws IOException also when the database was never seen whole, because it kept shrinking
   */
  WalIndexHeader take() throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (WriteTransaction transaction = log.begin()) {
        WalIndexHeader end = copy(transaction);
        if (end != null) {
          return end;
        }
      }
    }
    throw new IOException(
        connection.database().path() + " changed its size during each of " + ATTEMPTS + " copies");
  }

  private WalIndexHeader copy(WriteTransaction transaction) throws IOException {
    int filePages = filePages();
    WalIndexHeader start = connection.index().readHeader();
    if (start == null) {
      return null;
    }
    int bound = start.maxFrame() > 0 ? Math.min(filePages, start.sizePages()) : filePages;
    int copied = PageCopy.copy(connection.database(), connection.pageSize(), bound, transaction);

    WalIndexHeader end = connection.index().readHeader();
    if (end == null) {
      return null;
    }
    int sizePages = end.maxFrame() > 0 ? end.sizePages() : filePages();
    RoaringBitmap beyondFile = new RoaringBitmap();
    if (end.maxFrame() > 0) {
      appendFrames(end, sizePages, copied, transaction, beyondFile);
    }
    if (copied > sizePages || !isWhole(copied, sizePages, beyondFile)) {
      return null;
    }
    transaction.commit(sizePages);
    return end;
  }

  private int filePages() throws IOException {
    return (int) (connection.database().size() / connection.pageSize());
  }

  private void appendFrames(
      WalIndexHeader end,
      int sizePages,
      int copied,
      WriteTransaction transaction,
      RoaringBitmap beyondFile)
      throws IOException {
    Optional<WalHeader> header = WalHeader.read(connection.wal());
    if (header.isEmpty()) {
      throw new IOException(connection.wal().path() + " has no valid header at offset 0");
    }
    WalFrames frames =
        new WalFrames(
            connection.wal(),
            connection.pageSize(),
            end.salt1(),
            end.salt2(),
            end.bigEndianChecksum(),
            1,
            end.maxFrame(),
            header.get().checksum());
    while (frames.next()) {
      if (frames.pageNo() <= sizePages) {
        transaction.insert(frames.pageNo(), frames.page());
      }
      if (frames.pageNo() > copied) {
        beyondFile.add(frames.pageNo());
      }
    }
    if (frames.checksum() != end.checksum()) {
      throw new IOException(
          connection.wal().path() + " ends with another checksum than its wal-index states");
    }
  }

  private boolean isWhole(int copied, int sizePages, RoaringBitmap beyondFile) {
    int lockBytePage = DatabaseHeader.lockBytePage(connection.pageSize());
    int needed = sizePages - copied;
    if (copied < lockBytePage && lockBytePage <= sizePages) {
      needed--;
    }
    return beyondFile.rangeCardinality(copied + 1L, sizePages + 1L) == needed;
  }
}

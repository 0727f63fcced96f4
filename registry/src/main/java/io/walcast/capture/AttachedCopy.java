package io.walcast.capture;

import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalFrames;
import io.walcast.sqlite.WalHeader;
import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * Brings a database that others write to into the log as it is, as one transaction, without holding
 * them up: every page, or those that differ from what the log has.
 *
 * <p>The caller keeps the WAL from being reset. So whatever is back-filled into the file while it
 * is read is also among the frames that are in the WAL when the file has been read: the newest of
 * each page is written after the pages of the file, and wins. Pages that are in the WAL when the
 * reading of the file begins are not read there at all. The WAL is read twice and kept nowhere.
 */
final class AttachedCopy {

  /**
   * What was done.
   *
   * @param end header of the wal-index that the log now reaches to
   * @param pages how many pages were written
   */
  record Result(WalIndexHeader end, int pages) {}

  private static final int ATTEMPTS = 10;

  private final WalConnection connection;
  private final CaptureLog log;

  AttachedCopy(WalConnection connection, CaptureLog log) {
    this.connection = connection;
    this.log = log;
  }

  /**
   * Takes the copy.
   *
   * @param difference whether pages that the log has already are left out
   * @throws IOException also when the database was never seen whole, because it kept shrinking
   */
  Result take(boolean difference) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (CaptureTransaction transaction = log.begin(difference)) {
        Result result = copy(transaction);
        if (result != null) {
          return result;
        }
      }
    }
    throw new IOException(
        connection.database().path() + " changed its size during each of " + ATTEMPTS + " copies");
  }

  private Result copy(CaptureTransaction transaction) throws IOException {
    int filePages = filePages();
    WalIndexHeader start = connection.index().readHeader();
    if (start == null) {
      return null;
    }
    WalPages inWal = new WalPages();
    add(start, 1, 0, inWal);
    int bound = start.maxFrame() > 0 ? Math.min(filePages, start.sizePages()) : filePages;
    int copied =
        PageCopy.copy(
            connection.database(), connection.pageSize(), bound, inWal.pages(), transaction);

    WalIndexHeader end = connection.index().readHeader();
    if (end == null) {
      return null;
    }
    add(end, start.maxFrame() + 1, start.checksum(), inWal);
    int sizePages = end.maxFrame() > 0 ? end.sizePages() : filePages();
    if (copied > sizePages || !isWhole(copied, sizePages, inWal.pages())) {
      return null;
    }
    writeNewest(end, sizePages, inWal.newestFrames(), transaction);
    return new Result(end, transaction.commitUnlessEmpty(sizePages));
  }

  private int filePages() throws IOException {
    return (int) (connection.database().size() / connection.pageSize());
  }

  private void add(WalIndexHeader upTo, int from, long checksumBefore, WalPages inWal)
      throws IOException {
    if (upTo.maxFrame() < from) {
      return;
    }
    WalFrames frames = frames(upTo, from, from == 1 ? walHeader().checksum() : checksumBefore);
    inWal.addAll(frames);
    if (frames.checksum() != upTo.checksum()) {
      throw new IOException(
          connection.wal().path() + " ends with another checksum than its wal-index states");
    }
  }

  private void writeNewest(
      WalIndexHeader end, int sizePages, BitSet newest, CaptureTransaction transaction)
      throws IOException {
    if (end.maxFrame() == 0) {
      return;
    }
    WalFrames frames = frames(end, 1, walHeader().checksum());
    while (frames.next()) {
      if (newest.get(frames.frame()) && frames.pageNo() <= sizePages) {
        transaction.insert(frames.pageNo(), frames.page());
      }
    }
  }

  private WalHeader walHeader() throws IOException {
    Optional<WalHeader> header = WalHeader.read(connection.wal());
    if (header.isEmpty()) {
      throw new IOException(connection.wal().path() + " has no valid header at offset 0");
    }
    return header.get();
  }

  private WalFrames frames(WalIndexHeader upTo, int from, long checksumBefore) {
    return new WalFrames(
        connection.wal(),
        connection.pageSize(),
        upTo.salt1(),
        upTo.salt2(),
        upTo.bigEndianChecksum(),
        from,
        upTo.maxFrame(),
        checksumBefore);
  }

  private boolean isWhole(int copied, int sizePages, RoaringBitmap inWal) {
    int lockBytePage = DatabaseHeader.lockBytePage(connection.pageSize());
    int needed = sizePages - copied;
    if (copied < lockBytePage && lockBytePage <= sizePages) {
      needed--;
    }
    return needed <= 0 || inWal.rangeCardinality(copied + 1L, sizePages + 1L) == needed;
  }
}

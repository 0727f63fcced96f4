package io.walcast.capture;

import io.walcast.sqlite.WalConnection;
import io.walcast.sqlite.WalIndexHeader;
import java.io.IOException;

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
    WalContents inWal = new WalContents(connection);
    inWal.addUpTo(start);
    int bound = start.maxFrame() > 0 ? Math.min(filePages, start.sizePages()) : filePages;
    int copied =
        PageCopy.copy(
            connection.database(), connection.pageSize(), 1, bound, inWal.pages(), transaction);

    WalIndexHeader end = connection.index().readHeader();
    if (end == null) {
      return null;
    }
    inWal.addUpTo(end);
    int sizePages = end.maxFrame() > 0 ? end.sizePages() : filePages();
    if (copied > sizePages || !inWal.completes(copied, sizePages)) {
      return null;
    }
    inWal.writeNewest(sizePages, transaction);
    return new Result(end, transaction.commitUnlessEmpty(sizePages));
  }

  private int filePages() throws IOException {
    return (int) (connection.database().size() / connection.pageSize());
  }
}

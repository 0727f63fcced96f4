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
 * The pages in the WAL of a database while it cannot be reset. Read as often as needed, kept
 * nowhere. Used by one thread.
 */
final class WalContents {

  private final WalConnection connection;
  private final WalPages pages = new WalPages();
  private WalIndexHeader known; // null: nothing is

  WalContents(WalConnection connection) {
    this.connection = connection;
  }

  /** The pages up to the header that was added last. */
  RoaringBitmap pages() {
    return pages.pages();
  }

  /**
   * Reads, verifies and adds what has come up to this header.
   *
   * @throws IOException also if the WAL was reset since the last call
   */
  void addUpTo(WalIndexHeader header) throws IOException {
    boolean goesOn = known != null && known.maxFrame() > 0;
    if (goesOn && (header.salt1() != known.salt1() || header.salt2() != known.salt2())) {
      throw new IOException(connection.wal().path() + " was reset while its database was read");
    }
    int from = goesOn ? known.maxFrame() + 1 : 1;
    if (header.maxFrame() >= from) {
      WalFrames frames = frames(header, from, goesOn ? known.checksum() : walHeader().checksum());
      pages.addAll(frames);
      if (frames.checksum() != header.checksum()) {
        throw new IOException(
            connection.wal().path() + " ends with another checksum than its wal-index states");
      }
    }
    known = header;
  }

  /** Hands over the newest version of each page up to the header that was added last. */
  void writeNewest(int sizePages, PageSink sink) throws IOException {
    if (known.maxFrame() == 0) {
      return;
    }
    BitSet newest = pages.newestFrames();
    WalFrames frames = frames(known, 1, walHeader().checksum());
    while (frames.next()) {
      if (newest.get(frames.frame()) && frames.pageNo() <= sizePages) {
        sink.insert(frames.pageNo(), frames.page());
      }
    }
  }

  /**
   * Whether the WAL has all that a copy of the file lacks.
   *
   * @param copied last page that was copied
   */
  boolean completes(int copied, int sizePages) {
    int lockBytePage = DatabaseHeader.lockBytePage(connection.pageSize());
    int needed = sizePages - copied;
    if (copied < lockBytePage && lockBytePage <= sizePages) {
      needed--;
    }
    return needed <= 0 || pages().rangeCardinality(copied + 1L, sizePages + 1L) == needed;
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
}

package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A reader of another process in a long transaction, on a simulated disk. As SQLite it takes a slot
 * of the wal-index, and then reads the frames up to the slot's mark that were not in the database
 * file when it began, and the file under them. For one thread.
 *
 * <p>To close any file of the disk takes its lock away: it has to be ended before.
 */
public final class PinnedReader {

  private final StorageFile database;
  private final StorageFile wal;
  private final WalIndex index;
  private final FileLock slot;
  private final WalIndexHeader header;
  private final int firstFrame;
  private final int lastFrame;
  private final int pageSize;

  private PinnedReader(
      StorageFile database,
      StorageFile wal,
      WalIndex index,
      FileLock slot,
      WalIndexHeader header,
      boolean reads,
      int pageSize) {
    this.database = database;
    this.wal = wal;
    this.index = index;
    this.slot = slot;
    this.header = header;
    this.firstFrame = index.backfilled() + 1;
    this.lastFrame = reads ? header.maxFrame() : 0;
    this.pageSize = pageSize;
  }

  /** Begins a transaction; empty if the wal-index is in disorder or every slot is taken. */
  public static Optional<PinnedReader> begin(SimulatedIo io, Path database, int pageSize)
      throws IOException {
    StorageFile shm = io.open(WalConnection.shmOf(database), Io.OpenMode.READ_WRITE);
    WalIndex index = new WalIndex(shm);
    WalIndexHeader header = index.readHeader();
    if (header == null || header.sizePages() == 0) {
      return Optional.empty();
    }
    boolean reads = index.backfilled() != header.maxFrame();
    FileLock slot = lock(new WalLocks(io, shm, database), index, reads ? header.maxFrame() : 0);
    if (slot == null) {
      return Optional.empty();
    }
    return Optional.of(
        new PinnedReader(
            io.open(database, Io.OpenMode.READ),
            io.open(WalConnection.walOf(database), Io.OpenMode.READ),
            index,
            slot,
            header,
            reads,
            pageSize));
  }

  /** Slot 0 for who reads the database file alone, else one whose mark can be set. */
  private static FileLock lock(WalLocks locks, WalIndex index, int mark) throws IOException {
    if (mark == 0) {
      return locks.tryShared(WalLocks.READ_0);
    }
    for (int slot = 1; slot < WalLocks.READ_SLOTS; slot++) {
      FileLock alone = locks.tryExclusive(WalLocks.READ_0 + slot);
      if (alone != null) {
        index.setReadMark(slot, mark);
        alone.release();
        return locks.tryShared(WalLocks.READ_0 + slot);
      }
    }
    return null;
  }

  /** The pages of its snapshot as it finds them now. */
  public TreeMap<Integer, byte[]> pages() throws IOException {
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    for (int pageNo = 1; pageNo <= header.sizePages(); pageNo++) {
      int frame = index.findFrame(pageNo, lastFrame);
      byte[] page = new byte[pageSize];
      if (frame >= firstFrame) {
        long at = WalHeader.frameOffset(frame, pageSize) + WalHeader.FRAME_HEADER_LENGTH;
        wal.readFully(ByteBuffer.wrap(page), at);
      } else {
        database.readFully(ByteBuffer.wrap(page), (pageNo - 1L) * pageSize);
      }
      pages.put(pageNo, page);
    }
    return StockView.disowned(pages);
  }

  /** Ends the transaction. */
  public void end() throws IOException {
    slot.release();
  }
}

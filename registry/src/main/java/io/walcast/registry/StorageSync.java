package io.walcast.registry;

import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentIndex;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoredHistory;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * Brings logs up to what storage has: everything above a log's last frame, each page once, as one
 * transaction that ends with the size and the frame number of the newest stored segment. Where
 * anything fails, the log and its durable frame number stay as they were. Thread-safe.
 */
final class StorageSync {

  private final SegmentStorage storage;

  StorageSync(SegmentStorage storage) {
    this.storage = storage;
  }

  /** As {@link #run}, with a failure as part of the result. */
  SyncResult tryRun(SharedWal wal) {
    long before = wal.lastCommittedFrameNo();
    try {
      return run(wal);
    } catch (IOException | RuntimeException e) {
      IOException cause =
          e instanceof IOException known ? known : new IOException("syncing " + wal.namespace(), e);
      return new SyncResult(
          wal.namespace(), before, wal.lastCommittedFrameNo(), 0, Optional.of(cause));
    }
  }

  SyncResult run(SharedWal wal) throws IOException {
    Namespace namespace = wal.namespace();
    Optional<SegmentKey> newest = storage.newest(namespace);
    long before = wal.lastCommittedFrameNo();
    if (newest.isEmpty()) {
      return new SyncResult(namespace, before, before, 0, Optional.empty());
    }
    SegmentKey end = newest.get();
    checkSameLog(wal, end);
    if (end.endFrameNo() <= before) {
      return new SyncResult(namespace, before, before, 0, Optional.empty());
    }
    long pages = inject(wal, end);
    if (wal.lastCommittedFrameNo() <= wal.durableFrameNo()) {
      wal.swap();
    }
    return new SyncResult(namespace, before, wal.lastCommittedFrameNo(), pages, Optional.empty());
  }

  private static void checkSameLog(SharedWal wal, SegmentKey end) throws IOException {
    boolean fencedOff = Integer.compareUnsigned(end.epoch(), wal.epoch()) > 0;
    if (fencedOff || !end.logId().equals(wal.logId())) {
      throw new LogMismatchException(
          wal.namespace(),
          "storage ends with "
              + end
              + ", the log is "
              + wal.logId()
              + " in epoch "
              + Integer.toUnsignedString(wal.epoch()));
    }
  }

  private long inject(SharedWal wal, SegmentKey end) throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      long have = transaction.baseFrameNo();
      if (end.endFrameNo() <= have) {
        return 0; // somebody else has brought it meanwhile
      }
      try (StoredHistory history =
          new StoredHistory(storage, wal.namespace(), end, have, new RoaringBitmap())) {
        checkPageSize(wal, end, history.newest());
        long pages = 0;
        long highest = have;
        while (history.next()) {
          transaction.insert(history.frameNo(), history.pageNo(), history.page());
          highest = Math.max(highest, history.frameNo());
          pages++;
        }
        if (highest < end.endFrameNo()) {
          repeatPageOne(transaction, end.endFrameNo(), wal.pageSize());
        }
        SegmentIndex newest = history.newest();
        wal.commitStored(
            transaction, newest.sizeAfter(), newest.databaseChecksum(), end.endFrameNo());
        return pages;
      }
    }
  }

  /** The last frame of a segment may be of a page that is beyond its end and so not stored. */
  private static void repeatPageOne(WriteTransaction transaction, long frameNo, int pageSize)
      throws IOException {
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    transaction.readPage(1, page);
    transaction.insert(frameNo, 1, page.flip());
  }

  private static void checkPageSize(SharedWal wal, SegmentKey end, SegmentIndex index)
      throws IOException {
    if (index.pageSize() != wal.pageSize()) {
      throw new LogMismatchException(
          wal.namespace(),
          end + " has pages of " + index.pageSize() + " bytes, not " + wal.pageSize());
    }
  }
}

package io.walcast.replication;

import io.walcast.registry.SharedWal;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.PageStream;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoredHistory;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.roaringbitmap.RoaringBitmap;

/**
 * What leads a database from one frame of its log to a later one: the newest frame of every page
 * changed in between, each page once. The newest come first: the current segment, then the tail,
 * then storage, which is not asked where these reach down far enough. Where the last frame was of a
 * page that the database was cut off before, page 1 comes again, as it is, under that frame's
 * number: what they lead to ends with {@link #endFrameNo} in any case. To be applied as one
 * transaction. For one thread.
 */
public final class ReplicatedFrames implements FrameCursor {

  private final SharedWal wal;
  private final SegmentStorage storage;
  private final long haveFrameNo;
  private final ReadTransaction snapshot;
  private final RoaringBitmap seen = new RoaringBitmap();
  private final PageStream local;
  private StoredHistory stored; // null: not needed so far
  private FrameCursor source;
  private ByteBuffer pageOne; // null: it does not stand for the last frame
  private long highestFrameNo;

  private ReplicatedFrames(
      SharedWal wal, SegmentStorage storage, long haveFrameNo, ReadTransaction snapshot) {
    this.wal = wal;
    this.storage = storage;
    this.haveFrameNo = haveFrameNo;
    this.snapshot = snapshot;
    this.local = snapshot.pages(seen, haveFrameNo);
    this.source = local;
  }

  static ReplicatedFrames open(SharedWal wal, SegmentStorage storage, long haveFrameNo)
      throws IOException {
    return new ReplicatedFrames(wal, storage, haveFrameNo, wal.beginRead());
  }

  /** Last frame of the log that the transaction leads to. */
  public long endFrameNo() {
    return snapshot.frameNo();
  }

  /** Database size in pages after the transaction. */
  public int sizePages() {
    return snapshot.sizePages();
  }

  /** Checksum of the whole database after the transaction; 0: not stated. */
  public long databaseChecksum() {
    return snapshot.databaseChecksum();
  }

  /**
   * Goes to the next frame.
   *
   * @throws IOException also when storage does not hold what is missing
   */
  @Override
  public boolean next() throws IOException {
    if (pageOne != null) {
      return false;
    }
    if (nextStored()) {
      highestFrameNo = Math.max(highestFrameNo, source.frameNo());
      return true;
    }
    if (endFrameNo() <= Math.max(haveFrameNo, highestFrameNo)) {
      return false;
    }
    pageOne = ByteBuffer.allocate(wal.pageSize());
    snapshot.readPage(1, pageOne);
    pageOne.flip();
    return true;
  }

  private boolean nextStored() throws IOException {
    if (source.next()) {
      return true;
    }
    if (stored != null || isComplete()) {
      return false;
    }
    stored =
        new StoredHistory(
            storage, wal.namespace(), below(), haveFrameNo, seen, snapshot.sizePages());
    source = stored;
    return stored.next();
  }

  private boolean isComplete() {
    return endFrameNo() <= haveFrameNo
        || (haveFrameNo > 0 && local.startFrameNo() <= haveFrameNo + 1)
        || local.sizeBefore() == 0;
  }

  /** The stored segment that holds the frame before those that are here. */
  private SegmentKey below() throws IOException {
    long frameNo = local.startFrameNo() - 1;
    return storage.list(wal.namespace()).stream()
        .filter(key -> key.logId().equals(wal.logId()))
        .filter(key -> key.covers(frameNo) && key.endFrameNo() <= endFrameNo())
        .max(SegmentKey::compareTo)
        .orElseThrow(
            () ->
                new IOException(
                    wal.namespace()
                        + ": frame "
                        + frameNo
                        + " is checkpointed, and not in storage: what follows frame "
                        + haveFrameNo
                        + " cannot be told any more"));
  }

  @Override
  public long frameNo() {
    return pageOne == null ? source.frameNo() : endFrameNo();
  }

  @Override
  public int pageNo() {
    return pageOne == null ? source.pageNo() : 1;
  }

  @Override
  public ByteBuffer page() {
    return pageOne == null ? source.page() : pageOne;
  }

  /** Gives the snapshot up. */
  @Override
  public void close() throws IOException {
    try (snapshot;
        local) {
      if (stored != null) {
        stored.close();
      }
    }
  }
}

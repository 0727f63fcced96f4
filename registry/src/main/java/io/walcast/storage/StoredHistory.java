package io.walcast.storage;

import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * What storage has of a log up to the end of one segment: the frames of its database at that point,
 * newest segment first, each page once. It reads no segment older than it must. For one thread.
 */
public final class StoredHistory implements FrameCursor {

  private final SegmentStorage storage;
  private final Namespace namespace;
  private final List<SegmentKey> keys;
  private final SegmentIndex newest;
  private final RoaringBitmap seen;
  private final long haveFrameNo;

  private SegmentKey key; // the one being read
  private SegmentIndex index;
  private FrameCursor frames;
  private long sizeLimit; // an older segment's pages above the size of a newer one are gone

  /**
   * Reads the index of the newest segment.
   *
   * @param end the newest segment to read
   * @param haveFrameNo frames up to here are left out; 0 for all
   * @param seen pages that a newer segment holds; those that come from here are added
   * @param maxSizePages pages above it are left out, as the database was cut since
   */
  public StoredHistory(
      SegmentStorage storage,
      Namespace namespace,
      SegmentKey end,
      long haveFrameNo,
      RoaringBitmap seen,
      long maxSizePages)
      throws IOException {
    this.storage = storage;
    this.namespace = namespace;
    this.keys =
        storage.list(namespace).stream().filter(k -> k.logId().equals(end.logId())).toList();
    this.haveFrameNo = haveFrameNo;
    this.seen = seen;
    this.newest = storage.index(namespace, end);
    this.sizeLimit = maxSizePages;
    seen.add(DatabaseHeader.lockBytePage(newest.pageSize()));
    this.frames = open(end, newest);
  }

  /** What the newest segment holds: its size and checksum are those of the database here. */
  public SegmentIndex newest() {
    return newest;
  }

  @Override
  public boolean next() throws IOException {
    while (true) {
      while (frames.next()) {
        if (frames.frameNo() > haveFrameNo) {
          return true;
        }
      }
      long wantedFrameNo = key.startFrameNo() - 1;
      if (index.isBase() || isComplete() || (wantedFrameNo <= haveFrameNo && haveFrameNo > 0)) {
        return false;
      }
      SegmentKey older = covering(wantedFrameNo);
      frames.close();
      frames = open(older, storage.index(namespace, older));
    }
  }

  /** Whether newer segments hold every page: then nothing older is needed, nor has to be there. */
  private boolean isComplete() {
    return seen.contains(1, Integer.toUnsignedLong(newest.sizeAfter()) + 1);
  }

  private SegmentKey covering(long frameNo) throws IOException {
    Optional<SegmentKey> found =
        keys.stream().filter(k -> k.covers(frameNo)).max(SegmentKey::compareTo);
    if (found.isEmpty() || Integer.compareUnsigned(found.get().epoch(), key.epoch()) > 0) {
      throw new IOException(
          namespace
              + ": storage does not hold frame "
              + frameNo
              + " of log "
              + key.logId()
              + ", which "
              + key
              + " builds on");
    }
    return found.get();
  }

  private FrameCursor open(SegmentKey next, SegmentIndex itsIndex) throws IOException {
    if (itsIndex.pageSize() != newest.pageSize()) {
      throw new IOException(
          namespace
              + ": "
              + next
              + " has pages of "
              + itsIndex.pageSize()
              + " bytes, not "
              + newest.pageSize());
    }
    key = next;
    index = itsIndex;
    sizeLimit = Math.min(sizeLimit, Integer.toUnsignedLong(itsIndex.sizeAfter()));
    RoaringBitmap wanted = RoaringBitmap.andNot(itsIndex.pages(), seen);
    wanted.remove(sizeLimit + 1, 1L << 32);
    seen.or(wanted);
    return storage.fetch(namespace, next, wanted);
  }

  @Override
  public long frameNo() {
    return frames.frameNo();
  }

  @Override
  public int pageNo() {
    return frames.pageNo();
  }

  @Override
  public ByteBuffer page() {
    return frames.page();
  }

  @Override
  public void close() throws IOException {
    frames.close();
  }
}

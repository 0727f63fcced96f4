package io.walcast.segment;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.roaringbitmap.RoaringBitmap;

/**
 * A segment that never changes again: some whole transactions, seen as the newest version of each
 * page. Thread-safe.
 *
 * <p>The file stays open until {@link #close} and the last {@link #release}, so that a reader or a
 * publisher that {@linkplain #retain retained} it reads on while a checkpoint deletes it. Memory: 8
 * bytes a page.
 */
public final class SealedSegment implements FoldableSegment, Closeable {

  private final Io io;
  private final StorageFile file;
  private final SegmentHeader header;
  private final SegmentTrailer trailer;
  private final PageTable pages;
  private final SegmentPins pins;
  private final FrameReader frames;
  private final AtomicInteger users = new AtomicInteger(1); // the list that holds it
  private final AtomicBoolean closed = new AtomicBoolean();

  SealedSegment(
      Io io,
      StorageFile file,
      SegmentHeader header,
      SegmentTrailer trailer,
      PageTable pages,
      SegmentPins pins) {
    this.io = io;
    this.file = file;
    this.header = header;
    this.trailer = trailer;
    this.pages = pages;
    this.pins = pins;
    this.frames = new FrameReader(file, header);
  }

  /**
   * Opens a sealed segment and verifies its header, index and trailer; the pages are verified as
   * they are read.
   *
   * @throws NotASegmentException if the file is something else
   * @throws UnsupportedSegmentVersionException if a newer Walcast wrote it
   * @throws CorruptSegmentException if it is damaged or was never sealed
   */
  public static SealedSegment open(Io io, Path path) throws IOException {
    Optional<SealedSegment> sealed = openIfSealed(io, path);
    if (sealed.isEmpty()) {
      throw new CorruptSegmentException(path, 0, "the segment was never sealed");
    }
    return sealed.get();
  }

  /** As {@link #open}, but empty where the segment has no trailer. */
  static Optional<SealedSegment> openIfSealed(Io io, Path path) throws IOException {
    StorageFile file = io.open(path, Io.OpenMode.READ_WRITE);
    boolean opened = false;
    try {
      SegmentHeader header = SegmentHeader.read(file);
      SegmentTrailer trailer = SegmentTrailer.read(file, header);
      if (trailer == null) {
        return Optional.empty();
      }
      PageTable pages = PageTable.read(file, trailer);
      SealedSegment sealed = new SealedSegment(io, file, header, trailer, pages, new SegmentPins());
      opened = true;
      return Optional.of(sealed);
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /**
   * Copies the file as it is into an empty one.
   *
   * @param buffers lends the buffer
   */
  public void copyTo(StorageFile target, BufferPool buffers) throws IOException {
    ByteBuffer buffer = buffers.borrow();
    try {
      long end = sizeBytes();
      for (long at = 0; at < end; at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
        file.readFully(buffer, at);
        target.writeFully(buffer.flip(), at);
      }
    } finally {
      buffers.giveBack(buffer);
    }
  }

  /**
   * Verifies every frame: after a crash of the machine where sealing did not sync, or of a copy.
   *
   * @throws CorruptSegmentException naming the first frame that does not fit
   */
  public void verifyFrames(BufferPool buffers) throws IOException {
    SegmentScan scan = new SegmentScan(file, header);
    scan.run(Long.MAX_VALUE, buffers);
    CommitPoint found = scan.committed();
    if (found.frames() != trailer.frameCount()
        || found.runningChecksum() != trailer.runningChecksum()) {
      throw new CorruptSegmentException(
          path(),
          FrameFormat.offset(found.frames(), pageSize()),
          "only " + found.frames() + " of " + trailer.frameCount() + " frames are whole");
    }
  }

  /**
   * Makes the whole file durable, whatever became of the sync that ended its sealing: once one has
   * failed, another proves nothing of what was written before it. That is the trailer alone; all
   * before it was synced first.
   */
  void settle() throws IOException {
    file.writeFully(trailer.encode(header.salt()), sizeBytes() - SegmentTrailer.LENGTH);
    file.force(true);
  }

  /** The file. */
  public Path path() {
    return file.path();
  }

  /** The log that the segment belongs to. */
  @Override
  public UUID logId() {
    return header.logId();
  }

  /** The epoch that it was written in, unsigned. */
  @Override
  public int epoch() {
    return header.epoch();
  }

  /** Page size in bytes. */
  @Override
  public int pageSize() {
    return header.pageSize();
  }

  /** One above the last frame number of the segment before; no frame here has a lower number. */
  @Override
  public long startFrameNo() {
    return header.startFrameNo();
  }

  /** Database size in pages before the first frame. */
  public int sizeBefore() {
    return header.sizeBefore();
  }

  /** Number of the last committed frame: the highest here. */
  @Override
  public long lastFrameNo() {
    return trailer.lastFrameNo();
  }

  /** Frames in the file, old versions of pages included. */
  public int frameCount() {
    return trailer.frameCount();
  }

  /** Database size in pages after the segment. */
  @Override
  public int sizeAfter() {
    return trailer.sizeAfter();
  }

  /** When it was sealed, to the millisecond. */
  public Instant sealedAt() {
    return trailer.sealedAt();
  }

  /** Checksum of the whole database after the segment; 0: not stated. */
  @Override
  public long databaseChecksum() {
    return trailer.databaseChecksum();
  }

  /** Which part of a snapshot it is. */
  public SnapshotPart part() {
    return trailer.part();
  }

  /** Length of the frames, index and trailer in bytes. */
  public long sizeBytes() {
    return trailer.indexOffset() + trailer.indexLength() + SegmentTrailer.LENGTH;
  }

  /** Pages held, without those above {@link #sizeAfter}. */
  @Override
  public int pageCount() {
    return pages.count();
  }

  /** Number of the i-th page, in ascending order from 0. */
  @Override
  public int pageNo(int i) {
    return pages.pageNo(i);
  }

  /** Place of a page among {@link #pageNo(int)}, or a negative number where it is not held. */
  public int indexOf(int pageNo) {
    return pages.indexOf(pageNo);
  }

  /**
   * Puts the newest version of the i-th page into {@code target}, which must have room for a page.
   *
   * @return the number of its frame
   * @throws CorruptSegmentException if the frame is damaged
   */
  public long readPage(int i, ByteBuffer target) throws IOException {
    long frameNo = frames.read(pages.ordinal(i), pages.pageNo(i), target);
    if (frameNo < startFrameNo() || frameNo > lastFrameNo()) {
      throw new CorruptSegmentException(
          path(),
          FrameFormat.offset(pages.ordinal(i), pageSize()),
          "frame " + frameNo + " in a segment to frame " + lastFrameNo());
    }
    return frameNo;
  }

  @Override
  public void copyPage(int i, ByteBuffer target) throws IOException {
    readPage(i, target);
  }

  /**
   * Reads pages in page order. Keeps the file open until the cursor is closed.
   *
   * @param wanted page numbers; those not held are passed over
   * @throws IOException if the segment is closed
   */
  public FrameCursor frames(RoaringBitmap wanted) throws IOException {
    if (!retain()) {
      throw new IOException(this + " is closed");
    }
    return new SealedFrames(this, wanted);
  }

  /**
   * Whether every page from 1 to {@link #sizeAfter} is here, but for the lock-byte page, and means
   * something by itself.
   */
  @Override
  public boolean isSnapshot() {
    if (part() != SnapshotPart.NONE) {
      return false;
    }
    int lockBytePage = (1 << 30) / pageSize() + 1;
    boolean hasLockBytePage = sizeAfter() >= lockBytePage;
    int held = pageCount() - (pages.indexOf(lockBytePage) >= 0 ? 1 : 0);
    return held == sizeAfter() - (hasLockBytePage ? 1 : 0);
  }

  /** The readers whose snapshot ends here. */
  public SegmentPins pins() {
    return pins;
  }

  /** Keeps the file open until {@link #release}; {@code false} if it is closed already. */
  public boolean retain() {
    int count;
    do {
      count = users.get();
      if (count == 0) {
        return false;
      }
    } while (!users.compareAndSet(count, count + 1));
    return true;
  }

  /** Undoes one {@link #retain}. */
  public void release() throws IOException {
    if (users.decrementAndGet() == 0) {
      file.close();
    }
  }

  /** Deletes the file and closes it; whoever retained it can still read. */
  public void delete() throws IOException {
    try {
      io.delete(path());
    } finally {
      close();
    }
  }

  /** Gives up the list's hold on the file, once. */
  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }

  @Override
  public String toString() {
    return path() + " [" + startFrameNo() + ".." + lastFrameNo() + "]";
  }
}

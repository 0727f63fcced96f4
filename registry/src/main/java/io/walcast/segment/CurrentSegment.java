package io.walcast.segment;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The segment that grows. One thread at a time appends, through {@link #append}; any thread reads,
 * at a {@link CommitPoint} that it took from {@link #committed}.
 *
 * <p>A commit writes and does not sync. A failed one is undone by cutting the file back to the last
 * commit, durably, so that no crash brings it back; should that fail too, the segment takes no more
 * writes and says why.
 */
public final class CurrentSegment implements Closeable {

  private final Io io;
  private final StorageFile file;
  private final SegmentHeader header;
  private final BufferPool buffers;
  private final PageIndex index;
  private final FrameReader frames;
  private final SegmentPins pins = new SegmentPins();

  private volatile CommitPoint committed;
  private volatile boolean ascending = true;
  private volatile long firstCommitNanos;
  private volatile IOException failure;
  private boolean mayLackPages; // whether a sync failed, after which later ones prove nothing

  private CurrentSegment(
      Io io,
      StorageFile file,
      SegmentHeader header,
      BufferPool buffers,
      PageIndex index,
      CommitPoint committed) {
    this.io = io;
    this.file = file;
    this.header = header;
    this.buffers = buffers;
    this.index = index;
    this.frames = new FrameReader(file, header);
    this.committed = committed;
    this.firstCommitNanos = io.nanoTime();
  }

  /** Begins a segment in an empty file, which it takes over. */
  static CurrentSegment create(Io io, StorageFile file, SegmentHeader header, BufferPool buffers)
      throws IOException {
    file.writeFully(header.encode(), 0);
    CommitPoint nothing = new SegmentScan(file, header).committed();
    return new CurrentSegment(io, file, header, buffers, new PageIndex(header.salt()), nothing);
  }

  /**
   * Takes over an unsealed segment after a crash, cut to its last whole transaction.
   *
   * @param upToFrameNo transactions that end above it are cut off too
   */
  static CurrentSegment recover(
      Io io, StorageFile file, SegmentHeader header, BufferPool buffers, long upToFrameNo)
      throws IOException {
    SegmentScan scan = new SegmentScan(file, header);
    scan.run(upToFrameNo, buffers);
    CurrentSegment recovered =
        new CurrentSegment(io, file, header, buffers, scan.index(), scan.committed());
    recovered.mayLackPages = true; // who wrote it may have died of a sync that failed
    recovered.cutBack();
    return recovered;
  }

  /** The file. */
  public Path path() {
    return file.path();
  }

  /** What was fixed when the segment was begun. */
  public SegmentHeader header() {
    return header;
  }

  /** The newest state that readers may see. */
  public CommitPoint committed() {
    return committed;
  }

  /** The readers whose snapshot ends here. */
  public SegmentPins pins() {
    return pins;
  }

  /** When the first commit came, by {@link Io#nanoTime}. Meaningless while there is none. */
  public long firstCommitNanos() {
    return firstCommitNanos;
  }

  /** Length of the committed part of the file in bytes. */
  public long sizeBytes() {
    return endOfFrames();
  }

  /**
   * Reads a page as of a commit.
   *
   * @return the number of its frame, or 0 if this segment does not hold the page
   * @throws CorruptSegmentException if the frame is damaged
   */
  public long readPage(int pageNo, CommitPoint at, ByteBuffer target) throws IOException {
    int ordinal = index.find(pageNo, at.frames());
    return ordinal < 0 ? 0 : frames.read(ordinal, pageNo, target);
  }

  /**
   * Begins a transaction. The caller sees to it that there is one at a time.
   *
   * @param nextFrameNo lowest number for the frames that come without one
   * @throws IOException if the segment takes no writes, with the failure that caused it
   */
  public SegmentAppender append(long nextFrameNo) throws IOException {
    checkWritable();
    return new SegmentAppender(this, buffers, Math.max(nextFrameNo, committed.lastFrameNo() + 1));
  }

  /**
   * Appends index and trailer; the segment never changes again. When this fails the segment goes on
   * as if it had not been tried. Only between transactions, and only if it holds frames.
   *
   * <p>Where it syncs, a trailer is on the disk only if all before it is: a power cut leaves a
   * whole sealed segment or an unsealed one.
   *
   * @param sync whether the segment must be durable before this returns
   */
  public SealedSegment seal(Instant sealedAt, boolean sync) throws IOException {
    checkWritable();
    CommitPoint end = committed;
    PageTable pages = new PageTable(index.newest(end.sizePages()));
    long indexOffset = endOfFrames();
    try {
      if (sync && mayLackPages) {
        rewrite();
      }
      int indexChecksum = pages.write(file, indexOffset);
      SegmentTrailer trailer =
          new SegmentTrailer(
              end.lastFrameNo(),
              end.frames(),
              end.sizePages(),
              Instant.ofEpochMilli(sealedAt.toEpochMilli()),
              end.databaseChecksum(),
              indexOffset,
              pages.lengthBytes(),
              indexChecksum,
              end.runningChecksum(),
              end.part());
      if (sync) {
        force();
      }
      file.writeFully(trailer.encode(header.salt()), indexOffset + pages.lengthBytes());
      if (sync) {
        force();
      }
      return new SealedSegment(io, file, header, trailer, pages, pins);
    } catch (IOException e) {
      undo(e, true);
      throw e;
    }
  }

  private void force() throws IOException {
    mayLackPages = true; // unless it succeeds
    file.force(true);
    mayLackPages = false;
  }

  /** Makes every page dirty again, so that the next sync writes it or fails. */
  private void rewrite() throws IOException {
    SegmentScan scan = new SegmentScan(file, header);
    scan.run(committed.lastFrameNo(), buffers);
    CommitPoint found = scan.committed(); // which does not know the database checksum
    if (found.frames() != committed.frames()
        || found.runningChecksum() != committed.runningChecksum()) {
      throw new CorruptSegmentException(
          path(),
          FrameFormat.offset(found.frames(), header.pageSize()),
          "a sync that failed has lost committed frames");
    }
    file.writeFully(header.encode(), 0);
    ByteBuffer buffer = buffers.borrow();
    try {
      long end = endOfFrames();
      for (long at = SegmentHeader.LENGTH; at < end; at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
        file.readFully(buffer, at);
        file.writeFully(buffer.flip(), at);
      }
    } finally {
      buffers.giveBack(buffer);
    }
  }

  PageIndex index() {
    return index;
  }

  FrameReader frames() {
    return frames;
  }

  StorageFile file() {
    return file;
  }

  /** Whether the numbers of the committed frames rise with their ordinals. */
  boolean isAscending() {
    return ascending;
  }

  /**
   * Makes a commit visible.
   *
   * @param rising whether its frame numbers rise with their ordinals
   */
  void publish(CommitPoint point, boolean rising) {
    if (committed.frames() == 0) {
      firstCommitNanos = io.nanoTime();
    }
    ascending &= rising;
    committed = point;
  }

  /**
   * Cuts off what a failure left behind; a second failure is the segment's last.
   *
   * @param durably whether it could pass for a commit or a seal after a crash
   */
  void undo(IOException cause, boolean durably) {
    try {
      cutBack();
      if (durably) {
        boolean lacked = mayLackPages;
        force();
        mayLackPages = lacked;
      }
    } catch (IOException e) {
      e.addSuppressed(cause);
      failure = e;
    }
  }

  void checkWritable() throws IOException {
    IOException cause = failure;
    if (cause != null) {
      throw new IOException(
          path() + " takes no more writes: it could not be cut back after a failure", cause);
    }
  }

  private void cutBack() throws IOException {
    if (file.size() > endOfFrames()) {
      file.truncate(endOfFrames());
    }
  }

  private long endOfFrames() {
    return FrameFormat.offset(committed.frames(), header.pageSize());
  }

  /** Closes the file; not after {@link #seal}, which hands it on. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}

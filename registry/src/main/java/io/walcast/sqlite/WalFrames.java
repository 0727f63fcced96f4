package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads frames of one generation of a write-ahead log in order and verifies each: its salts, and
 * the checksum that runs through all frames from the header on. Hands out exactly the bytes that
 * were verified, read once. Reads many frames at a time. Used by one thread.
 *
 * <p>What it does not know is what is committed: that only the wal-index tells, so the caller gives
 * the last frame to read.
 *
 * <pre>
 *  0  u32  page number
 *  4  u32  database size in pages after this commit; 0 if the frame does not commit
 *  8  u32  salt 1 } of the WAL header
 * 12  u32  salt 2 }
 * 16  u32  checksum 1 } running, over bytes 0 to 7 and the page of this and all earlier frames
 * 20  u32  checksum 2 }
 * 24       page
 * </pre>
 */
public final class WalFrames {

  private static final int READ_BYTES = 512 * 1024;

  private final StorageFile wal;
  private final int pageSize;
  private final int frameSize;
  private final int salt1;
  private final int salt2;
  private final boolean bigEndian;
  private final int last;
  private final ByteBuffer buffer;

  private int frame;
  private long checksum;
  private int offset;
  private ByteBuffer page;

  /**
   * Frames {@code from} to {@code last}, both included and counted from 1.
   *
   * @param checksum the running checksum before {@code from}: the header's, or that of the frame
   *     before
   */
  public WalFrames(
      StorageFile wal,
      int pageSize,
      int salt1,
      int salt2,
      boolean bigEndian,
      int from,
      int last,
      long checksum) {
    this.wal = wal;
    this.pageSize = pageSize;
    this.frameSize = WalHeader.FRAME_HEADER_LENGTH + pageSize;
    this.salt1 = salt1;
    this.salt2 = salt2;
    this.bigEndian = bigEndian;
    this.last = last;
    this.frame = from - 1;
    this.checksum = checksum;
    int atOnce = Math.min(READ_BYTES / frameSize, last - from + 1);
    this.buffer = ByteBuffer.allocate(atOnce * frameSize).limit(0);
    this.offset = -frameSize;
  }

  /**
   * Goes to the next frame.
   *
   * @return false when the last one was passed
   * @throws WalDamagedException if the frame is not the one that follows; names file and offset
   * @throws java.io.EOFException if the file ends before the last one; of those before it some may
   *     come
   */
  public boolean next() throws IOException {
    if (frame == last) {
      return false;
    }
    offset += frameSize;
    if (offset >= buffer.limit()) {
      fill();
    }
    frame++;
    verify();
    page = buffer.slice(offset + WalHeader.FRAME_HEADER_LENGTH, pageSize);
    return true;
  }

  /**
   * The running checksum that a frame states, without verifying it.
   *
   * @return empty if the file ends before the frame, or the frame is of another generation
   */
  public static Optional<Long> storedChecksum(
      StorageFile wal, int pageSize, int salt1, int salt2, int frame) throws IOException {
    long at = WalHeader.frameOffset(frame, pageSize);
    ByteBuffer header = ByteBuffer.allocate(WalHeader.FRAME_HEADER_LENGTH);
    if (wal.size() < at + WalHeader.FRAME_HEADER_LENGTH + pageSize) {
      return Optional.empty();
    }
    wal.readFully(header, at);
    if (header.getInt(8) != salt1 || header.getInt(12) != salt2) {
      return Optional.empty();
    }
    return Optional.of(WalChecksum.pack(header.getInt(16), header.getInt(20)));
  }

  private void fill() throws IOException {
    buffer.clear();
    long wanted = (long) (last - frame) * frameSize;
    if (wanted < buffer.capacity()) {
      buffer.limit((int) wanted);
    }
    wal.readFully(buffer, WalHeader.frameOffset(frame + 1, pageSize));
    buffer.flip();
    offset = 0;
  }

  private void verify() throws WalDamagedException {
    if (buffer.getInt(offset + 8) != salt1 || buffer.getInt(offset + 12) != salt2) {
      throw damaged("carries the salts of another generation");
    }
    byte[] bytes = buffer.array();
    long sum = WalChecksum.update(bytes, offset, 8, checksum, bigEndian);
    sum =
        WalChecksum.update(bytes, offset + WalHeader.FRAME_HEADER_LENGTH, pageSize, sum, bigEndian);
    if (sum != WalChecksum.pack(buffer.getInt(offset + 16), buffer.getInt(offset + 20))) {
      throw damaged("has a wrong checksum");
    }
    if (pageNo() <= 0) {
      throw damaged("has page number " + Integer.toUnsignedString(pageNo()));
    }
    checksum = sum;
  }

  private WalDamagedException damaged(String what) {
    return new WalDamagedException(wal.path(), frame, WalHeader.frameOffset(frame, pageSize), what);
  }

  /** Number of the frame at hand in the WAL, from 1. */
  public int frame() {
    return frame;
  }

  /** Page number of the frame at hand, from 1. */
  public int pageNo() {
    return buffer.getInt(offset);
  }

  /** Database size in pages if the frame at hand commits, else 0. */
  public int sizeAfter() {
    return buffer.getInt(offset + 4);
  }

  /** The verified page of the frame at hand; good until {@link #next} is called. */
  public ByteBuffer page() {
    return page;
  }

  /** The running checksum up to and including the frame at hand. */
  public long checksum() {
    return checksum;
  }
}

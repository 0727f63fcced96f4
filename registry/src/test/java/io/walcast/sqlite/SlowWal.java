package io.walcast.sqlite;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A write-ahead log read from its description in SQLite's documentation, without the code under
 * test; and made to have the salts and checksums that it should have.
 */
final class SlowWal {

  private static final int HEADER = 32;
  private static final int FRAME_HEADER = 24;

  /** One frame that follows from those before it. */
  record Frame(int pageNo, int sizeAfter, long checksum) {}

  private final byte[] bytes;
  private final ByteBuffer in;

  SlowWal(byte[] bytes) {
    this.bytes = bytes;
    this.in = ByteBuffer.wrap(bytes);
  }

  private boolean bigEndian() {
    return (in.getInt(0) & 1) == 1;
  }

  int pageSize() {
    return in.getInt(8);
  }

  private boolean hasPages() {
    return bytes.length >= HEADER
        && pageSize() >= 512
        && pageSize() <= 65536
        && Integer.bitCount(pageSize()) == 1;
  }

  private long headerChecksum() {
    return WalChecksumTest.byTheBook(bytes, 0, 24, 0, bigEndian());
  }

  private int frameSize() {
    return FRAME_HEADER + pageSize();
  }

  /** Whole frames that the file has room for. */
  int room() {
    return (bytes.length - HEADER) / frameSize();
  }

  boolean hasHeader() {
    return hasPages()
        && (in.getInt(0) | 1) == 0x377f0683
        && in.getInt(4) == 3007000
        && (headerChecksum() == stored(24));
  }

  /** The frames that follow from the header, one from the other. */
  List<Frame> frames() {
    List<Frame> frames = new ArrayList<>();
    long sum = headerChecksum();
    boolean follows = true;
    for (int at = HEADER; follows && at + frameSize() <= bytes.length; at += frameSize()) {
      sum = sum(at, sum);
      follows = in.getLong(at + 8) == in.getLong(16) && stored(at + 16) == sum && in.getInt(at) > 0;
      if (follows) {
        frames.add(new Frame(in.getInt(at), in.getInt(at + 4), sum));
      }
    }
    return frames;
  }

  /** A copy with salts and checksums right, where there is room for them. */
  byte[] withChecksums() {
    SlowWal fixed = new SlowWal(bytes.clone());
    if (fixed.hasPages()) {
      fixed.fix();
    }
    return fixed.bytes;
  }

  private void fix() {
    in.putInt(0, 0x377f0682 | in.getInt(0) & 1).putInt(4, 3007000);
    long sum = headerChecksum();
    store(24, sum);
    for (int at = HEADER; at + frameSize() <= bytes.length; at += frameSize()) {
      in.putLong(at + 8, in.getLong(16));
      sum = sum(at, sum);
      store(at + 16, sum);
    }
  }

  private long sum(int at, long before) {
    long sum = WalChecksumTest.byTheBook(bytes, at, 8, before, bigEndian());
    return WalChecksumTest.byTheBook(bytes, at + FRAME_HEADER, pageSize(), sum, bigEndian());
  }

  private long stored(int at) {
    return in.getInt(at) & 0xffff_ffffL | (long) in.getInt(at + 4) << 32;
  }

  private void store(int at, long sum) {
    in.putInt(at, (int) sum).putInt(at + 4, (int) (sum >>> 32));
  }
}

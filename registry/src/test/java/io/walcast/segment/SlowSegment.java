package io.walcast.segment;

import io.walcast.testing.Crc;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A segment file read from its description in docs/formats.md, byte by byte and without the code
 * under test; and made to have the checksums that it should have.
 */
final class SlowSegment {

  private static final int HEADER = 68;
  private static final int TRAILER = 68;
  private static final int FRAME_HEADER = 24;
  private static final long SEALED = 0x57435345414c4544L;

  private final byte[] bytes;
  private final ByteBuffer in;

  SlowSegment(byte[] bytes) {
    this.bytes = bytes;
    this.in = ByteBuffer.wrap(bytes);
  }

  private int pageSize() {
    return bytes.length < HEADER ? 0 : in.getInt(12);
  }

  private boolean hasPages() {
    return pageSize() >= 512 && pageSize() <= 65536 && Integer.bitCount(pageSize()) == 1;
  }

  private boolean endsSealed() {
    return bytes.length >= HEADER + TRAILER && in.getLong(bytes.length - 8) == SEALED;
  }

  private void mustBePossible(int at, long committed) {
    boolean possible =
        in.getLong(at) > committed && in.getInt(at + 8) > 0 && in.getInt(at + 12) >= 0;
    if (!possible) {
      throw new AssertionError("recovered, with what cannot be in the frame at " + at);
    }
  }

  /** A copy with every checksum right, where there is room for one. */
  byte[] withChecksums() {
    SlowSegment fixed = new SlowSegment(bytes.clone());
    fixed.fix();
    return fixed.bytes;
  }

  private void fix() {
    if (bytes.length >= HEADER) {
      in.putInt(64, new Crc().of(bytes, 0, 64).value());
    }
    if (hasPages()) {
      int trailerAt = bytes.length - TRAILER;
      long end = endsSealed() ? in.getLong(trailerAt + 32) : bytes.length;
      int running = fixFrames(end > HEADER && end <= bytes.length ? end : bytes.length);
      if (endsSealed()) {
        if (end > HEADER && end <= trailerAt) {
          in.putInt(trailerAt + 48, new Crc().of(bytes, (int) end, trailerAt - (int) end).value());
        }
        in.putInt(trailerAt + 52, running);
        in.putInt(trailerAt + 56, new Crc().of(in.getLong(48)).of(bytes, trailerAt, 56).value());
      }
    }
  }

  private int fixFrames(long end) {
    int running = new Crc().of(in.getLong(48)).value();
    for (int at = HEADER; at + FRAME_HEADER + pageSize() <= end; at += FRAME_HEADER + pageSize()) {
      int own = own(at);
      running = new Crc().of(running).of(own).value();
      in.putInt(at + 16, own).putInt(at + 20, running);
    }
    return running;
  }

  private int own(int at) {
    return new Crc()
        .of(in.getLong(48))
        .of(bytes, at, 16)
        .of(bytes, at + FRAME_HEADER, pageSize())
        .value();
  }

  /**
   * The pages of the whole transactions of a file that was recovered, each with the number of its
   * newest frame; without those above the last size. Only of a file with a good header.
   *
   * @param upToFrameNo transactions that end above it are left out
   */
  Map<Integer, Long> pages(long upToFrameNo) {
    List<long[]> frames = new ArrayList<>();
    int whole = 0;
    long sizeAfter = 0;
    long highest = 0;
    long committed = 0;
    int running = new Crc().of(in.getLong(48)).value();
    boolean fits = true;
    for (int at = HEADER;
        fits && at + FRAME_HEADER + pageSize() <= bytes.length;
        at += FRAME_HEADER + pageSize()) {
      int own = own(at);
      running = new Crc().of(running).of(own).value();
      fits = in.getInt(at + 16) == own && in.getInt(at + 20) == running;
      if (fits) {
        mustBePossible(at, whole == 0 ? in.getLong(16) - 1 : committed);
        frames.add(new long[] {in.getInt(at + 8), in.getLong(at)});
        highest = Math.max(highest, in.getLong(at));
        if (in.getInt(at + 12) != 0) {
          fits = highest <= upToFrameNo;
          whole = fits ? frames.size() : whole;
          committed = highest;
          sizeAfter = fits ? in.getInt(at + 12) : sizeAfter;
        }
      }
    }
    Map<Integer, Long> pages = new TreeMap<>();
    for (long[] frame : frames.subList(0, whole)) {
      if (frame[0] <= sizeAfter) {
        pages.put((int) frame[0], frame[1]);
      }
    }
    return pages;
  }
}

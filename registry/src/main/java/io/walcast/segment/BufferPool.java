package io.walcast.segment;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Direct buffers for appending and scanning, lent for one transaction or scan: an open namespace at
 * rest holds none. Thread-safe.
 */
public final class BufferPool {

  /**
   * The system copies faster between a buffer and its cache of a file if places in both are the
   * same modulo this.
   */
  static final int ALIGNMENT = 64;

  private static final int BLOCK_BYTES = 512 * 1024;

  /**
   * Length of each buffer from any first byte up to {@link #ALIGNMENT}: a block, and room for a
   * frame of the largest page size at each end.
   */
  public static final int BUFFER_BYTES = BLOCK_BYTES + 3 * 65_536;

  private final ConcurrentLinkedQueue<ByteBuffer> spare = new ConcurrentLinkedQueue<>();
  private final AtomicInteger spareCount = new AtomicInteger();
  private final int keep;
  private final int bufferBytes;
  private final int blockBytes;

  /**
   * An empty pool.
   *
   * @param keep how many unused buffers are kept
   */
  public BufferPool(int keep) {
    this(keep, BUFFER_BYTES, BLOCK_BYTES);
  }

  /** A pool of buffers of another length, for at least one frame, and of other blocks. */
  BufferPool(int keep, int bufferBytes, int blockBytes) {
    this.keep = keep;
    this.bufferBytes = bufferBytes;
    this.blockBytes = blockBytes;
  }

  /** Where in a buffer the byte at a position of a file is best put. */
  static int place(long position) {
    return (int) (position & (ALIGNMENT - 1));
  }

  /** Bytes that are best written at a time, to multiples of that in the file. */
  int blockBytes() {
    return blockBytes;
  }

  /** A buffer whose first byte is aligned. */
  ByteBuffer borrow() {
    ByteBuffer buffer = spare.poll();
    if (buffer == null) {
      return ByteBuffer.allocateDirect(bufferBytes + 3 * ALIGNMENT)
          .alignedSlice(ALIGNMENT)
          .limit(bufferBytes + ALIGNMENT)
          .slice();
    }
    spareCount.decrementAndGet();
    return buffer.clear();
  }

  void giveBack(ByteBuffer buffer) {
    if (spareCount.incrementAndGet() <= keep) {
      spare.add(buffer);
    } else {
      spareCount.decrementAndGet();
    }
  }
}

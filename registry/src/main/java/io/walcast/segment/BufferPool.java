package io.walcast.segment;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Direct buffers for appending and scanning, lent for one transaction or scan: an open namespace at
 * rest holds none. Thread-safe.
 */
public final class BufferPool {

  /** Length of each buffer; holds several frames of the largest page size. */
  public static final int BUFFER_BYTES = 512 * 1024;

  private final ConcurrentLinkedQueue<ByteBuffer> spare = new ConcurrentLinkedQueue<>();
  private final AtomicInteger spareCount = new AtomicInteger();
  private final int keep;
  private final int bufferBytes;

  /**
   * An empty pool.
   *
   * @param keep how many unused buffers are kept
   */
  public BufferPool(int keep) {
    this(keep, BUFFER_BYTES);
  }

  /** A pool of buffers of another length, for at least one frame. */
  BufferPool(int keep, int bufferBytes) {
    this.keep = keep;
    this.bufferBytes = bufferBytes;
  }

  ByteBuffer borrow() {
    ByteBuffer buffer = spare.poll();
    if (buffer == null) {
      return ByteBuffer.allocateDirect(bufferBytes);
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

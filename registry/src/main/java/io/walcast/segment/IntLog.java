package io.walcast.segment;

import java.util.Arrays;

/** Integers by position, in chunks: growing copies no content. For one thread, or under a lock. */
final class IntLog {

  private static final int CHUNK_BITS = 10;
  private static final int CHUNK = 1 << CHUNK_BITS;

  private int[][] chunks = new int[0][];
  private int size;

  int size() {
    return size;
  }

  int get(int position) {
    return chunks[position >>> CHUNK_BITS][position & (CHUNK - 1)];
  }

  void add(int value) {
    int chunk = size >>> CHUNK_BITS;
    if (chunk == chunks.length) {
      chunks = Arrays.copyOf(chunks, chunk + 1 + chunk / 2);
    }
    if (chunks[chunk] == null) {
      chunks[chunk] = new int[CHUNK];
    }
    chunks[chunk][size & (CHUNK - 1)] = value;
    size++;
  }

  void removeLast() {
    size--;
    if ((size & (CHUNK - 1)) == 0) {
      chunks[size >>> CHUNK_BITS] = null; // a large transaction rolled back leaves nothing behind
    }
  }
}

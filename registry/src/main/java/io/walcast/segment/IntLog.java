package io.walcast.segment;

import java.util.Arrays;

/** Integers by position, in chunks: growing copies no content. For one thread, or under a lock. */
final class IntLog {

  private static final int CHUNK_BITS = 10;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int FIRST = 16; // the first chunk begins with: most logs at rest are short

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
    int at = size & (CHUNK - 1);
    if (chunks[chunk] == null) {
      chunks[chunk] = new int[chunk == 0 ? FIRST : CHUNK];
    } else if (at == chunks[chunk].length) {
      chunks[chunk] = Arrays.copyOf(chunks[chunk], at * 2);
    }
    chunks[chunk][at] = value;
    size++;
  }

  void removeLast() {
    size--;
    if ((size & (CHUNK - 1)) == 0) {
      chunks[size >>> CHUNK_BITS] = null; // a large transaction rolled back leaves nothing behind
    }
  }
}

package io.walcast.segment;

/**
 * Tells most pages that a segment does not hold by one look, so that a page is found in a long tail
 * without a search in each of its segments. At least 8 and less than 16 bits a page, one of them
 * set: at most one page in eight passes wrongly.
 *
 * <p>Filled by one thread, then read by any.
 */
final class PageFilter {

  private final long[] bits;
  private final int shift;

  /** For so many pages. */
  PageFilter(int pages) {
    int log2 = Long.SIZE - Long.numberOfLeadingZeros(Math.max(pages, Long.BYTES) * 8L - 1);
    log2 = Math.min(log2, Integer.SIZE - 1);
    bits = new long[1 << (log2 - 6)];
    shift = Integer.SIZE - log2;
  }

  void add(int pageNo) {
    int bit = hash(pageNo);
    bits[bit >>> 6] |= 1L << bit;
  }

  /** {@code false}: the page was not added. */
  boolean mayHold(int pageNo) {
    int bit = hash(pageNo);
    return (bits[bit >>> 6] & 1L << bit) != 0;
  }

  private int hash(int pageNo) {
    return pageNo * 0x9e3779b9 >>> shift; // the highest bits are the best mixed
  }
}

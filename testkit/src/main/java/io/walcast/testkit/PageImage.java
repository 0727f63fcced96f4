package io.walcast.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * The pages of a database as a SQLite reader sees them, each as a hash. Equal for a primary and a
 * replica at the same frame: the bytes of page 1 that the replica owns (18, 19, 24..27 and 92..95)
 * and the lock-byte page do not count.
 *
 * @param pageSize in bytes; 0 for an empty database
 * @param hashes of page 1, page 2, and so on
 */
public record PageImage(int pageSize, List<String> hashes) {
  public PageImage {
    hashes = List.copyOf(hashes);
  }

  public int pageCount() {
    return hashes.size();
  }

  /** The numbers, from 1, of pages that differ or that only one of the two has. */
  public List<Integer> differences(PageImage other) {
    List<Integer> different = new ArrayList<>();
    for (int i = 0; i < Math.max(pageCount(), other.pageCount()); i++) {
      boolean both = i < Math.min(pageCount(), other.pageCount());
      if (!both || pageSize != other.pageSize || !hashes.get(i).equals(other.hashes.get(i))) {
        different.add(i + 1);
      }
    }
    return different;
  }
}

package io.walcast.segment;

import java.util.Arrays;
import java.util.concurrent.locks.StampedLock;

/**
 * Which frames of a growing segment hold which page. Frames are known by their ordinal, from 0 in
 * file order, since injected frames carry their numbers in any order.
 *
 * <p>An open-addressing table leads from a page to its newest frame, a chain from each frame to the
 * frame before it of the same page: so a reader finds the version of its own commit. The table
 * holds nothing but ordinals, at most 24 bytes a frame in all even while it grows.
 *
 * <p>The hash is seeded: page numbers that come from outside cannot be chosen so that they collide.
 *
 * <p>One thread writes; any thread looks up.
 */
final class PageIndex {

  private final StampedLock lock = new StampedLock();
  private final IntLog pageNos = new IntLog();
  private final IntLog previous = new IntLog();
  private final int seed;
  private final int multiplier; // odd
  private int[] slots = new int[16]; // ordinal + 1; 0: free
  private int used;
  private int lookedUp; // page that the writing thread looked up last; 0: none
  private int lookedUpSlot;

  /**
   * An empty index.
   *
   * @param seed random, and not known to whoever chooses the pages
   */
  PageIndex(long seed) {
    this.seed = (int) seed;
    this.multiplier = (int) (seed >>> 32) | 1;
  }

  /** Frames held. */
  int size() {
    return pageNos.size();
  }

  /** Adds the frame whose ordinal is {@link #size}. */
  void add(int pageNo) {
    long stamp = lock.writeLock();
    try {
      if ((used + 1) * 4L > slots.length * 3L) {
        grow();
        lookedUp = 0;
      }
      int slot = lookedUp == pageNo ? lookedUpSlot : slotOf(pageNo);
      previous.add(slots[slot] - 1);
      if (slots[slot] == 0) {
        used++;
      }
      pageNos.add(pageNo);
      slots[slot] = pageNos.size();
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** Forgets the frames from an ordinal on. */
  void truncate(int frames) {
    long stamp = lock.writeLock();
    lookedUp = 0;
    try {
      for (int ordinal = pageNos.size() - 1; ordinal >= frames; ordinal--) {
        int slot = slotOf(pageNos.get(ordinal));
        int before = previous.get(ordinal);
        slots[slot] = before + 1;
        if (before < 0) {
          used--;
          closeGap(slot);
        }
        pageNos.removeLast();
        previous.removeLast();
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** Ordinal of the newest frame of a page among the first {@code frames}, or -1. */
  int find(int pageNo, int frames) {
    long stamp = lock.readLock();
    try {
      int ordinal = slots[slotOf(pageNo)] - 1;
      while (ordinal >= frames) {
        ordinal = previous.get(ordinal);
      }
      return ordinal;
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /**
   * Ordinal of the newest frame of a page, or -1. For the writing thread, nobody else adds; {@link
   * #add} of the same page does not search for it again.
   */
  int newestOf(int pageNo) {
    lookedUp = pageNo;
    lookedUpSlot = slotOf(pageNo);
    return slots[lookedUpSlot] - 1;
  }

  /** The page of a frame. */
  int pageNo(int ordinal) {
    long stamp = lock.readLock();
    try {
      return pageNos.get(ordinal);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /**
   * The newest frames of the pages up to {@code sizePages}, in page order: page number in the high
   * 32 bits, ordinal in the low ones. Only while nobody writes.
   */
  long[] newest(int sizePages) {
    long[] entries = new long[used];
    int count = 0;
    for (int slot : slots) {
      if (slot != 0 && pageNos.get(slot - 1) <= sizePages) {
        entries[count++] = (long) pageNos.get(slot - 1) << 32 | (slot - 1);
      }
    }
    long[] sorted = count == entries.length ? entries : Arrays.copyOf(entries, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private int slotOf(int pageNo) {
    int mask = slots.length - 1;
    int slot = home(pageNo) & mask;
    while (slots[slot] != 0 && pageNos.get(slots[slot] - 1) != pageNo) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Where the search for a page begins, in a table of 2^32. */
  int home(int pageNo) {
    int hash = (pageNo ^ seed) * 0x9e3779b9;
    hash = (hash ^ hash >>> 15) * multiplier;
    return hash ^ hash >>> 16;
  }

  private void grow() {
    int[] old = slots;
    slots = new int[old.length * 2];
    for (int entry : old) {
      if (entry != 0) {
        slots[slotOf(pageNos.get(entry - 1))] = entry;
      }
    }
  }

  /** Moves later entries of a probe sequence back, so that no search ends at the freed slot. */
  private void closeGap(int freed) {
    int mask = slots.length - 1;
    int gap = freed;
    int slot = (gap + 1) & mask;
    while (slots[slot] != 0) {
      int home = home(pageNos.get(slots[slot] - 1)) & mask;
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        slots[gap] = slots[slot];
        slots[slot] = 0;
        gap = slot;
      }
      slot = (slot + 1) & mask;
    }
  }
}

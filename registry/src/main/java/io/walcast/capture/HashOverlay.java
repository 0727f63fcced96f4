package io.walcast.capture;

import java.util.Arrays;

/**
 * Hashes of pages, each with the frame number that it is as of: open addressing, 20 bytes a place.
 * Not thread-safe.
 */
final class HashOverlay {

  private static final int SMALLEST = 16;

  private int[] pages = new int[0]; // 0: free
  private long[] hashes = new long[0];
  private long[] frames = new long[0];
  private int size;

  /** How many pages are here. */
  int size() {
    return size;
  }

  /** The place of a page, good until the next change; negative if it is not here. */
  int find(int pageNo) {
    if (size == 0) {
      return -1;
    }
    int place = placeOf(pageNo);
    return pages[place] == pageNo ? place : -1;
  }

  /** The hash at a place. */
  long hash(int place) {
    return hashes[place];
  }

  /** The frame number at a place. */
  long frameNo(int place) {
    return frames[place];
  }

  /** Sets the hash of a page. */
  void put(int pageNo, long hash, long frameNo) {
    if (size >= pages.length / 2 + pages.length / 8) {
      resize(Math.max(SMALLEST, 2 * pages.length));
    }
    int place = placeOf(pageNo);
    if (pages[place] == 0) {
      pages[place] = pageNo;
      size++;
    }
    hashes[place] = hash;
    frames[place] = frameNo;
  }

  /** Sets all that another has, as of this frame number. */
  void putAll(HashOverlay other, long frameNo) {
    for (int i = 0; i < other.pages.length; i++) {
      if (other.pages[i] != 0) {
        put(other.pages[i], other.hashes[i], frameNo);
      }
    }
  }

  /** The page numbers in ascending order. */
  int[] sortedPages() {
    int[] sorted = new int[size];
    int n = 0;
    for (int pageNo : pages) {
      if (pageNo != 0) {
        sorted[n++] = pageNo;
      }
    }
    Arrays.sort(sorted);
    return sorted;
  }

  /** Drops what is as of this frame number or an earlier one. */
  void dropUpTo(long frameNo) {
    int[] oldPages = pages;
    long[] oldHashes = hashes;
    long[] oldFrames = frames;
    clear();
    for (int i = 0; i < oldPages.length; i++) {
      if (oldPages[i] != 0 && oldFrames[i] > frameNo) {
        put(oldPages[i], oldHashes[i], oldFrames[i]);
      }
    }
  }

  /** Drops everything, and the memory. */
  void clear() {
    pages = new int[0];
    hashes = new long[0];
    frames = new long[0];
    size = 0;
  }

  private void resize(int places) {
    int[] oldPages = pages;
    long[] oldHashes = hashes;
    long[] oldFrames = frames;
    pages = new int[places];
    hashes = new long[places];
    frames = new long[places];
    for (int i = 0; i < oldPages.length; i++) {
      if (oldPages[i] != 0) {
        int place = placeOf(oldPages[i]);
        pages[place] = oldPages[i];
        hashes[place] = oldHashes[i];
        frames[place] = oldFrames[i];
      }
    }
  }

  /** Where the page is, or the free place where it would be. */
  private int placeOf(int pageNo) {
    int mask = pages.length - 1;
    int place = (pageNo * 0x9e3779b9) >>> 7 & mask;
    while (pages[place] != 0 && pages[place] != pageNo) {
      place = place + 1 & mask;
    }
    return place;
  }
}

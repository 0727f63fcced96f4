package io.walcast.simulation;

import java.util.SortedMap;
import java.util.TreeMap;

/** What an open write transaction has done so far, on top of what was committed. */
final class Draft {

  final DatabaseState base;
  final SortedMap<Integer, Long> changes = new TreeMap<>();
  private final long firstFrameNo;
  private int sizePages;
  private int inserts;
  private int lastPageNo;

  Draft(DatabaseState base, long minimumNextFrameNo) {
    this.base = base;
    this.firstFrameNo = Math.max(minimumNextFrameNo, base.frameNo() + 1);
    this.sizePages = base.sizePages();
  }

  void insert(int pageNo, long version) {
    changes.put(pageNo, version);
    sizePages = Math.max(sizePages, pageNo);
    lastPageNo = pageNo;
    inserts++;
  }

  boolean isEmpty() {
    return inserts == 0;
  }

  int sizePages() {
    return sizePages;
  }

  int lastPageNo() {
    return lastPageNo;
  }

  long version(int pageNo) {
    return changes.getOrDefault(pageNo, base.version(pageNo));
  }

  boolean holds(int pageNo) {
    return changes.containsKey(pageNo);
  }

  /** What a commit of this size makes of it. */
  DatabaseState committed(int size) {
    return base.after(firstFrameNo + inserts - 1, size, changes);
  }
}

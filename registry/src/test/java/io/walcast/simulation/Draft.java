package io.walcast.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an open write transaction has done so far, on top of what was committed. A page written
 * again takes the place and number of its frame, unless that is older than the innermost savepoint.
 */
final class Draft {

  final DatabaseState base;
  private final long firstFrameNo;
  private final List<Mark> savepoints = new ArrayList<>();
  private SortedMap<Integer, Long> changes = new TreeMap<>();
  private List<Integer> frames = new ArrayList<>(); // their page numbers
  private int sizePages;

  /** What a savepoint leads back to. */
  private record Mark(SortedMap<Integer, Long> changes, List<Integer> frames, int sizePages) {}

  Draft(DatabaseState base, long minimumNextFrameNo) {
    this.base = base;
    this.firstFrameNo = Math.max(minimumNextFrameNo, base.frameNo() + 1);
    this.sizePages = base.sizePages();
  }

  void insert(int pageNo, long version) {
    int recyclable =
        savepoints.isEmpty() ? 0 : savepoints.get(savepoints.size() - 1).frames().size();
    if (frames.lastIndexOf(pageNo) < recyclable) {
      frames.add(pageNo);
    }
    changes.put(pageNo, version);
    sizePages = Math.max(sizePages, pageNo);
  }

  void savepoint() {
    savepoints.add(new Mark(new TreeMap<>(changes), new ArrayList<>(frames), sizePages));
  }

  int savepoints() {
    return savepoints.size();
  }

  void rollbackTo(int i) {
    Mark mark = savepoints.get(i);
    changes = new TreeMap<>(mark.changes());
    frames = new ArrayList<>(mark.frames());
    sizePages = mark.sizePages();
    savepoints.subList(i + 1, savepoints.size()).clear();
  }

  void release(int i) {
    savepoints.subList(i, savepoints.size()).clear();
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  int sizePages() {
    return sizePages;
  }

  int lowestPageNo() {
    return changes.firstKey();
  }

  long version(int pageNo) {
    return changes.getOrDefault(pageNo, base.version(pageNo));
  }

  /** What a commit of this size makes of it. */
  DatabaseState committed(int size) {
    return base.after(firstFrameNo + frames.size() - 1, size, changes);
  }
}

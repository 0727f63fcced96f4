package io.walcast.connector.sink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The holds of segments that a replica has taken: until they are folded, {@link FoldProgress} has
 * them, and from then until the database is forced, they are here. Used by the task's thread only.
 */
final class UnforcedRecords {

  private final FoldProgress folds;
  private final List<PartitionProgress.Hold> folded = new ArrayList<>();

  UnforcedRecords(FoldProgress folds) {
    this.folds = folds;
  }

  /** Takes note of something that is folded. */
  void add(PartitionProgress.Hold from) {
    folded.add(from);
  }

  /** Takes note of what was folded; says whether there was anything. */
  boolean collect() {
    int before = folded.size();
    folds.takeFolded().forEach(segment -> folded.add(segment.hold()));
    return folded.size() > before;
  }

  /** Makes what was folded durable, after which its records may be committed. */
  void force(ReplicaLog log) throws IOException {
    if (!folded.isEmpty()) {
      log.force();
      folded.forEach(PartitionProgress.Hold::release);
      folded.clear();
    }
  }

  /** Gives up all that is not forced; says what to read again to get it back. */
  List<PartitionProgress.Hold> abandon() {
    folds.abandon().forEach(segment -> folded.add(segment.hold()));
    collect();
    List<PartitionProgress.Hold> abandoned = List.copyOf(folded);
    folded.clear();
    return abandoned;
  }
}

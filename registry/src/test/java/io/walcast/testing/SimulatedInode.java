package io.walcast.testing;

import java.util.ArrayList;
import java.util.List;

/** A file, whatever it is called, or a directory. Guarded by its disk. */
final class SimulatedInode {

  /** A range that a handle has locked. */
  record Lock(long first, long length) {
    boolean overlaps(long otherFirst, long otherLength) {
      return otherFirst < first + length && first < otherFirst + otherLength;
    }
  }

  final long number;
  final boolean directory;
  final SimulatedContent content = new SimulatedContent();
  final List<Lock> locks = new ArrayList<>();
  long modified; // of the disk's count of changes
  MappedContent mapped; // null: in memory, as nearly every file

  SimulatedInode(long number, boolean directory) {
    this.number = number;
    this.directory = directory;
  }
}

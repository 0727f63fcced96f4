package io.walcast.simulation;

import io.walcast.segment.LogPosition;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The database that segments were folded into; it outlives every crash. */
final class FoldedDatabase {

  final Tenant tenant;
  final Path file; // of a private database; null: it is in memory, and loses nothing
  final Map<Integer, Long> versions = new HashMap<>(); // of one in memory
  final Set<LogPosition> attempted = new HashSet<>(); // by folds that may have come to be
  LogPosition position; // null: nothing was folded yet

  FoldedDatabase(Tenant tenant, Path file) {
    this.tenant = tenant;
    this.file = file;
  }

  long version(int pageNo) {
    return versions.getOrDefault(pageNo, (long) -pageNo);
  }

  /** A fold has ended well: no other outcome is possible any more. */
  void folded(LogPosition upTo) {
    position = upTo;
    attempted.clear();
  }
}

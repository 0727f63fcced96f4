package io.walcast.simulation;

import io.walcast.segment.LogPosition;
import java.util.HashMap;
import java.util.Map;

/** The database that segments were folded into; it outlives every crash. */
final class FoldedDatabase {

  final Tenant tenant;
  final Map<Integer, Long> versions = new HashMap<>();
  LogPosition position; // null: nothing was folded yet

  FoldedDatabase(Tenant tenant) {
    this.tenant = tenant;
  }

  long version(int pageNo) {
    return versions.getOrDefault(pageNo, (long) -pageNo);
  }
}

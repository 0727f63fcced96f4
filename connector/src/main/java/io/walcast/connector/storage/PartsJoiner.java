package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Makes one segment of the parts of a snapshot. For one thread at a time. */
public final class PartsJoiner {

  private final Map<Namespace, SnapshotParts> parts = new HashMap<>();

  /** Has seen nothing yet. */
  public PartsJoiner() {}

  /**
   * Takes the next whole segment of a namespace.
   *
   * @return it, if it is no part; all parts as one, if it is the last; nothing if others follow, or
   *     if those before it are not here
   */
  public Optional<Announcement> add(Announcement segment, SegmentKind kind) {
    Namespace namespace = segment.namespace();
    SnapshotParts before = parts.remove(namespace);
    if (kind.isEnd() && !kind.goesOn()) {
      return Optional.of(segment);
    }
    if (kind.goesOn() && (before == null || !before.isContinuedBy(segment))) {
      return Optional.empty(); // the part before it is not here
    }
    SnapshotParts now = kind.goesOn() ? before.with(segment) : SnapshotParts.of(segment);
    if (kind.isEnd()) {
      return Optional.of(now.whole());
    }
    parts.put(namespace, now);
    return Optional.empty();
  }

  /** Something else came for a namespace: its parts will never be whole. */
  public void brokenOff(Namespace namespace) {
    parts.remove(namespace);
  }
}

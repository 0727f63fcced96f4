package io.walcast.connector.sink;

import java.util.Map;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.CompositeDataSupport;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;

/** Makes JMX's open data of {@link ReplicaStatus}. Stateless. */
final class ReplicaStatusRows {

  private static final String[] ITEMS = {
    "namespace",
    "state",
    "reason",
    "receivedFrame",
    "appliedFrame",
    "appliedSegments",
    "skippedSegments",
    "lastAppliedSealedAtMs",
    "epoch",
    "unfoldedBytes"
  };

  private static final String[] DESCRIPTIONS = {
    "the namespace",
    "NEW, FOLLOWING, WAITING_FOR_SNAPSHOT, QUARANTINED or RETRYING",
    "why it is not following; empty if it is",
    "end of the last whole segment taken",
    "last frame in the database, 0 for none",
    "segments folded since it was opened",
    "segments skipped since it was opened, because the replica had them",
    "when the segment folded last was sealed, ms since 1970; 0 before the first",
    "epoch of the capturer that it follows",
    "bytes of pages taken and not folded"
  };

  private static final OpenType<?>[] TYPES = {
    SimpleType.STRING,
    SimpleType.STRING,
    SimpleType.STRING,
    SimpleType.LONG,
    SimpleType.LONG,
    SimpleType.LONG,
    SimpleType.LONG,
    SimpleType.LONG,
    SimpleType.LONG,
    SimpleType.LONG
  };

  private ReplicaStatusRows() {}

  static CompositeData row(ReplicaStatus status) {
    Map<String, Object> values =
        Map.of(
            ITEMS[0], status.namespace(),
            ITEMS[1], status.state(),
            ITEMS[2], status.reason(),
            ITEMS[3], status.receivedFrame(),
            ITEMS[4], status.appliedFrame(),
            ITEMS[5], status.appliedSegments(),
            ITEMS[6], status.skippedSegments(),
            ITEMS[7], status.lastAppliedSealedAtMs(),
            ITEMS[8], status.epoch(),
            ITEMS[9], status.unfoldedBytes());
    try {
      CompositeType type =
          new CompositeType("ReplicaStatus", "one replica", ITEMS, DESCRIPTIONS, TYPES);
      return new CompositeDataSupport(type, values);
    } catch (OpenDataException e) {
      throw new IllegalStateException("the table above does not fit together", e);
    }
  }
}

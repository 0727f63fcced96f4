package io.walcast.connector.wire;

/** What a published segment is, and so what a replica needs besides it. */
public enum SegmentKind {
  /** Pages that changed: needs what came before. */
  CHANGES(0),
  /** Every page: needs nothing. */
  SNAPSHOT(2),
  /** The first part of a snapshot. */
  FIRST_PART(2 | 16),
  /** A part of a snapshot that is neither the first nor the last. */
  PART(2 | 8 | 16),
  /** The last part of a snapshot: makes it a database. */
  LAST_PART(2 | 8);

  private static final SegmentKind[] ALL = values();

  private final int flags;

  SegmentKind(int flags) {
    this.flags = flags;
  }

  static SegmentKind of(int flags) throws InvalidFrameException {
    for (SegmentKind kind : ALL) {
      if (kind.flags == flags) {
        return kind;
      }
    }
    throw new InvalidFrameException("unknown flags 0x" + Integer.toHexString(flags));
  }

  int flags() {
    return flags;
  }

  /** Whether it is a snapshot or a part of one. */
  public boolean isSnapshot() {
    return this != CHANGES;
  }

  /** Whether it needs the part before it. */
  public boolean goesOn() {
    return this == PART || this == LAST_PART;
  }

  /** Whether it ends a transaction: no further part follows. */
  public boolean isEnd() {
    return this != FIRST_PART && this != PART;
  }
}

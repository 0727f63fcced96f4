package io.walcast.segment;

/**
 * Which part of a snapshot a segment is. A snapshot in parts is several segments that follow each
 * other: the pages of a database as they were read one range after another, and in the last part
 * the newest version of all that may have changed meanwhile. Only together they are a database.
 */
public enum SnapshotPart {
  /** None: the segment means something by itself. */
  NONE,
  /** The last part. */
  LAST,
  /** The first part. */
  FIRST,
  /** A part between others. */
  MIDDLE;

  private static final int GOES_ON = 1;
  private static final int MORE_FOLLOWS = 2;

  int code() {
    return switch (this) {
      case NONE -> 0;
      case LAST -> GOES_ON;
      case FIRST -> MORE_FOLLOWS;
      case MIDDLE -> GOES_ON | MORE_FOLLOWS;
    };
  }

  /** The part with a code, or {@code null} if there is none. */
  static SnapshotPart of(int code) {
    for (SnapshotPart part : values()) {
      if (part.code() == code) {
        return part;
      }
    }
    return null;
  }
}

package io.walcast.testkit;

/**
 * What SQLite answered in the other process when a statement failed, or {@link #PROCESS_GONE} when
 * there was nobody left to answer.
 */
public final class SqliteException extends RuntimeException {
  /** The code of an exception that comes from the loss of the process and not from SQLite. */
  public static final int PROCESS_GONE = -1;

  static final int CORRUPT = 11;
  static final int NOT_A_DATABASE = 26;

  private final int code;

  SqliteException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** SQLite's primary result code, for example 5 for SQLITE_BUSY. */
  public int code() {
    return code < 0 ? code : code & 0xff;
  }

  /** SQLite's extended result code, for example 517 for SQLITE_BUSY_SNAPSHOT. */
  public int extendedCode() {
    return code;
  }
}

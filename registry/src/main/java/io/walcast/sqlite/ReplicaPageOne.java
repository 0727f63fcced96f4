package io.walcast.sqlite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes of page 1 that a replica owns; all others are its primary's.
 *
 * <pre>
 *   18  u8   write version: 1 rollback journal, 2 WAL
 *   19  u8   read version: 1 rollback journal, 2 WAL
 *   24  u32  file change counter: says which frame was applied
 *   92  u32  version-valid-for: equal to the counter if it is so in the primary
 * </pre>
 *
 * <p>SQLite trusts the size in the header only if the two counters are equal, so a primary whose
 * header states an outdated size must not have it made valid here.
 */
final class ReplicaPageOne {

  private static final int WRITE_VERSION = 18;
  private static final int READ_VERSION = 19;
  private static final int CHANGE_COUNTER = 24;
  private static final int SIZE_PAGES = 28;
  private static final int VALID_FOR = 92;

  private ReplicaPageOne() {}

  /** Puts the replica's bytes into the page that starts at {@code offset}. */
  static void own(byte[] bytes, int offset, int changeCounter, ReplicaJournal journal) {
    ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
    boolean sizeValid = page.getInt(offset + VALID_FOR) == page.getInt(offset + CHANGE_COUNTER);
    page.put(offset + WRITE_VERSION, journal.version());
    page.put(offset + READ_VERSION, journal.version());
    page.putInt(offset + CHANGE_COUNTER, changeCounter);
    page.putInt(offset + VALID_FOR, sizeValid ? changeCounter : changeCounter - 1);
  }

  /** Puts zeros in place of the replica's bytes, so that what is left is the primary's. */
  static void disown(byte[] bytes) {
    ByteBuffer page = ByteBuffer.wrap(bytes);
    page.put(WRITE_VERSION, (byte) 0).put(READ_VERSION, (byte) 0);
    page.putInt(CHANGE_COUNTER, 0).putInt(VALID_FOR, 0);
  }

  /** The change counter in a page 1 that starts at the buffer's index 0. */
  static int changeCounter(ByteBuffer page) {
    return page.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(CHANGE_COUNTER);
  }

  /**
   * How many of the pages of a file belong to the database, by a page 1 that starts at the buffer's
   * index 0.
   *
   * @param inFile which holds where page 1 states none, or more, or its size is not valid
   */
  static int sizePages(ByteBuffer page, int inFile) {
    ByteBuffer header = page.duplicate().order(ByteOrder.BIG_ENDIAN);
    int stated = header.getInt(SIZE_PAGES);
    boolean valid = header.getInt(VALID_FOR) == header.getInt(CHANGE_COUNTER);
    return valid && stated > 0 && stated < inFile ? stated : inFile;
  }
}

package io.walcast.sqlite;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A database that is written page by page, one transaction at a time, while any SQLite client in
 * another process reads it; readers see whole transactions only. {@link ReplicaJournal} says how.
 *
 * <p>Thread-safe: {@link #readPage} runs beside everything but the writing of a transaction, all
 * else one after the other. The caller has claimed {@link io.walcast.io.FileOwnership} of the
 * database. No SQLite library may be used on it in this process.
 */
public interface ReplicaDatabase extends Closeable {

  /** The change counter to count from where there is no database yet. */
  int FRESH_CHANGE_COUNTER = 1;

  /** Page size in bytes. */
  int pageSize();

  /** Database size in pages. */
  int sizePages() throws IOException;

  /** The change counter in the newest page 1. */
  int changeCounter() throws IOException;

  /** Whether somebody else has committed since this was opened, as far as that can be told. */
  boolean isWrittenByOthers() throws IOException;

  /**
   * The file that lies no longer where it was opened; empty if all do. Whoever opens the database
   * now gets other files than this object writes, and other locks.
   */
  Optional<Path> replacedFile() throws IOException;

  /**
   * Reads a page as last published.
   *
   * @param target gets {@link #pageSize} bytes
   * @throws IOException also if the database has no such page
   */
  void readPage(int pageNo, ByteBuffer target) throws IOException;

  /**
   * Applies one transaction, all or nothing. Page 1 is always written, with the bytes that a
   * replica owns; if the source does not have it, the present one is.
   *
   * @param pages none above {@code sizeAfter}, and not the lock-byte page
   * @param sizeAfter database size in pages afterwards
   * @param changeCounter the counter that page 1 gets; differs from the present one
   * @throws DatabaseLockedException if another process kept it locked; nothing is visible then, as
   *     after every failure
   */
  void apply(PageSource pages, int sizeAfter, int changeCounter) throws IOException;

  /** Makes everything applied so far durable. */
  void force() throws IOException;

  /** What has been done since opening. */
  LiveCounters counters();
}

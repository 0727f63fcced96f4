package io.walcast.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Consecutive whole transactions of one log, seen as the newest version of each page: what can be
 * folded into a database. Does not change while it is being folded.
 */
public interface FoldableSegment {

  /** The log that it belongs to. */
  UUID logId();

  /** The epoch that it was written in, unsigned. */
  int epoch();

  /** Page size in bytes. */
  int pageSize();

  /** One above the last frame number of the segment before; no frame here has a lower number. */
  long startFrameNo();

  /** Number of the last frame. */
  long lastFrameNo();

  /** Database size in pages after it. */
  int sizeAfter();

  /** Checksum of the whole database after it; 0: not stated. */
  long databaseChecksum();

  /** Whether it holds every page that the database has after it, but for the lock-byte page. */
  boolean isSnapshot();

  /** Pages held, without those above {@link #sizeAfter}. */
  int pageCount();

  /** Number of the i-th page, in ascending order from 0. */
  int pageNo(int i);

  /**
   * Puts the i-th page into {@code target}, which must have room for a page.
   *
   * @throws IOException also if it is damaged
   */
  void copyPage(int i, ByteBuffer target) throws IOException;

  /** Its end as a point in its log. */
  default LogPosition end() {
    return new LogPosition(logId(), epoch(), lastFrameNo(), sizeAfter(), pageSize());
  }
}

package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.io.MemoryBudget;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.Checkpointable;
import io.walcast.segment.LogPosition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The log of a replica whose frames can be had again from elsewhere: segments wait here, in memory
 * while it lasts, until they are folded into the database. Nothing here outlives the process.
 *
 * <p>All that waits is folded at once. What comes while a fold runs becomes one with what waits for
 * the next: of pages that are written again and again only the newest version is kept and written,
 * so how long a backlog is makes less of a difference than how many pages it changes.
 *
 * <p>One thread at a time puts segments in; any other folds, and looks.
 */
public final class LiveLog implements Checkpointable, Closeable {

  private final LiveTarget database;
  private final CheckpointListener listener;
  private final Runnable due;
  private final PageBuffer buffer;
  private final LogPosition start;
  private final Object folding = new Object(); // held for a whole fold; guards closed and parts
  private final List<HeldPages> waiting = new ArrayList<>(); // guards itself and what is below
  private int inFold; // of those, the first ones: nothing may be added to them
  private long waitingPages;
  private StagedPages parts; // null: none, or folded
  private boolean closed;
  private HeldPages incoming; // of whoever puts segments in; null: none
  private long lastFrameNo; // of the last segment put in

  /**
   * A log on top of a database.
   *
   * @param start where it begins; what follows has higher frame numbers, and its epoch
   * @param parts pages of the parts before, where it begins with the last part of a snapshot; else
   *     {@code null}
   * @param spill path of the file for what the memory does not take
   * @param memory shared with other logs
   * @param due run when there is something to fold and was nothing before
   */
  public LiveLog(
      LiveTarget database,
      LogPosition start,
      StagedPages parts,
      Io io,
      Path spill,
      MemoryBudget memory,
      CheckpointListener listener,
      Runnable due) {
    this.database = database;
    this.start = start;
    this.parts = parts;
    this.listener = listener;
    this.due = due;
    this.buffer = new PageBuffer(io, spill, start.pageSize(), memory);
    this.lastFrameNo = start.frameNo();
  }

  /** Last frame of the segments that were put in whole. */
  public long lastFrameNo() {
    return lastFrameNo;
  }

  /** Begins to take a segment. */
  public void begin() {
    if (incoming != null) {
      throw new IllegalStateException("a segment of " + start.logId() + " is arriving");
    }
    incoming = new HeldPages(buffer, start.logId(), start.epoch(), lastFrameNo + 1);
  }

  /**
   * Takes a page of the segment.
   *
   * @param page its remaining bytes, one page; kept if it has an array that can be seen, which
   *     nobody may change any more
   */
  public void put(int pageNo, ByteBuffer page) throws IOException {
    if (page.remaining() != start.pageSize() || pageNo <= 0) {
      throw new IllegalArgumentException(page.remaining() + " bytes for page " + pageNo);
    }
    if (page.hasArray()) {
      incoming.put(pageNo, page.array(), page.arrayOffset() + page.position());
    } else {
      byte[] copy = new byte[page.remaining()];
      page.duplicate().get(copy);
      incoming.put(pageNo, copy, 0);
    }
  }

  /** The lowest page that the segment has; the highest possible where it has none. */
  public int lowestPageNo() {
    return incoming.lowestPageNo();
  }

  /**
   * Ends the segment, which goes on its way into the database.
   *
   * @param frameNo its last one, above those before
   * @param sizeAfter database size in pages, not below the lowest page
   * @param databaseChecksum that the database must have then; 0: not stated
   */
  public void commit(long frameNo, int sizeAfter, long databaseChecksum) {
    HeldPages segment = incoming;
    incoming = null;
    segment.end(frameNo, sizeAfter, databaseChecksum);
    lastFrameNo = frameNo;
    boolean first;
    synchronized (waiting) {
      first = waiting.isEmpty();
      HeldPages last = waiting.size() > inFold ? waiting.get(waiting.size() - 1) : null;
      if (last != null && mayBeOne(last, segment)) {
        waitingPages -= last.heldPages();
        last.append(segment);
        waitingPages += last.heldPages();
      } else {
        waiting.add(segment);
        waitingPages += segment.heldPages();
      }
    }
    if (first) {
      due.run(); // whoever folds goes on as long as something is there
    }
  }

  /**
   * A checksum must not hide behind a segment without one. And a snapshot must be left one, which
   * it is as long as nothing grows the database by less than all new pages.
   */
  private static boolean mayBeOne(HeldPages before, HeldPages segment) {
    boolean hidesChecksum = before.databaseChecksum() != 0 && segment.databaseChecksum() == 0;
    boolean grows = segment.sizeAfter() > before.sizeAfter();
    return !hidesChecksum && !(grows && before.isSnapshot());
  }

  /** Forgets the segment that is arriving, if one is. */
  public void rollback() {
    if (incoming != null) {
      incoming.release();
      incoming = null;
    }
  }

  /** Bytes of the pages of whole segments that wait, or are being folded. Any thread. */
  public long waitingBytes() {
    synchronized (waiting) {
      return waitingPages * start.pageSize();
    }
  }

  @Override
  public boolean checkpoint() throws IOException {
    synchronized (folding) {
      if (closed) {
        return false;
      }
      List<HeldPages> run = beginFold();
      if (run.isEmpty()) {
        return false;
      }
      boolean folded = false;
      boolean more;
      try {
        fold(run);
        folded = true;
      } finally {
        more = endFold(folded ? run : List.of());
      }
      listener.checkpointed(run.get(run.size() - 1).end());
      return more;
    }
  }

  private List<HeldPages> beginFold() {
    synchronized (waiting) {
      inFold = waiting.size();
      return List.copyOf(waiting);
    }
  }

  private void fold(List<HeldPages> run) throws IOException {
    database.fold(run, parts);
    StagedPages folded = parts;
    parts = null;
    if (folded != null) {
      folded.close();
    }
  }

  /** Says whether something waits. */
  private boolean endFold(List<HeldPages> gone) {
    gone.forEach(HeldPages::release);
    synchronized (waiting) {
      waiting.subList(0, gone.size()).clear();
      gone.forEach(segment -> waitingPages -= segment.heldPages());
      inFold = 0;
      return !waiting.isEmpty();
    }
  }

  @Override
  public void checkpointFailed(IOException cause) {
    listener.failed(cause);
  }

  /** Makes what is folded durable. */
  public void force() throws IOException {
    database.force();
  }

  /** Gives up what waits, and closes the database. Waits for a fold that is running. */
  @Override
  public void close() throws IOException {
    synchronized (folding) {
      if (closed) {
        return;
      }
      closed = true;
      try (database) {
        buffer.close();
      }
    }
  }
}

package io.walcast.registry;

import io.walcast.io.Io;
import io.walcast.segment.CheckpointRun;
import io.walcast.segment.CommitPoint;
import io.walcast.segment.CurrentSegment;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import io.walcast.segment.SegmentList;
import io.walcast.transaction.LogView;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The segments of one open log. Any thread may look at them. One at a time {@linkplain #swap
 * swaps}, while nobody writes; one at a time {@linkplain #remove removes}; these two may run beside
 * each other.
 */
final class LogSegments {

  private final Namespace namespace;
  private final Io io;
  private final SegmentDirectory directory;
  private final boolean syncOnSeal;
  private final UUID logId;
  private final int epoch;
  private final int pageSize;
  private final Object swapping = new Object(); // held for a whole swap; guards closed
  private final Object lock = new Object(); // guards changes of view
  private final List<Path> leftovers = new ArrayList<>(); // files of whoever removes
  private volatile LogView view;
  private volatile boolean closed;

  /** Begins a new current segment after what an opening found. */
  LogSegments(
      Namespace namespace,
      Io io,
      SegmentDirectory directory,
      boolean syncOnSeal,
      int epoch,
      LogPosition end,
      List<SealedSegment> tail)
      throws IOException {
    this.namespace = namespace;
    this.io = io;
    this.directory = directory;
    this.syncOnSeal = syncOnSeal;
    this.logId = end.logId();
    this.epoch = epoch;
    this.pageSize = end.pageSize();
    this.view =
        new LogView(directory.create(header(end.frameNo(), end.sizePages())), SegmentList.of(tail));
  }

  UUID logId() {
    return logId;
  }

  /** The segments as they are now, or were when the log was closed. */
  LogView view() {
    return view;
  }

  boolean isClosed() {
    return closed;
  }

  void checkOpen() throws IOException {
    if (closed) {
      throw new IOException(namespace + " is closed");
    }
  }

  /**
   * Seals the current segment, if it holds frames, and begins the next. When it fails, nothing has
   * changed.
   */
  Optional<SealedSegment> swap() throws IOException {
    synchronized (swapping) {
      checkOpen();
      return swapCurrent();
    }
  }

  private Optional<SealedSegment> swapCurrent() throws IOException {
    CurrentSegment current = view.current();
    CommitPoint end = current.committed();
    if (end.frames() == 0) {
      return Optional.empty();
    }
    CurrentSegment next = directory.create(header(end.lastFrameNo(), end.sizePages()));
    SealedSegment sealed;
    boolean swapped = false;
    try {
      sealed = current.seal(io.now(), syncOnSeal); // nothing after this can fail
      swapped = true;
    } finally {
      if (!swapped) {
        directory.discard(next);
      }
    }
    synchronized (lock) {
      view = new LogView(next, view.tail().with(sealed));
    }
    return Optional.of(sealed);
  }

  /** Takes a run that has been folded out of the tail and deletes its files. */
  void remove(CheckpointRun run) {
    synchronized (lock) {
      view = new LogView(view.current(), view.tail().without(run.segments()));
    }
    leftovers.addAll(run.delete());
  }

  /**
   * Makes every removal so far durable, and those good that could not be done; for whoever removes.
   */
  void settleRemovals() throws IOException {
    for (Path leftover : leftovers) {
      directory.delete(leftover);
    }
    leftovers.clear();
    directory.sync();
  }

  /**
   * Lets nothing be changed any more; {@code false} if that has been done. Waits for a swap in
   * progress: the files that it makes and unmakes may be those of the next opening.
   */
  boolean beginClose() {
    synchronized (swapping) {
      boolean first = !closed;
      closed = true;
      return first;
    }
  }

  /** What is to be closed after {@link #beginClose}. */
  List<Closeable> files() {
    List<Closeable> files = new ArrayList<>(view.tail().segments());
    files.add(view.current());
    return files;
  }

  private SegmentHeader header(long lastFrameNo, int sizePages) {
    return new SegmentHeader(
        pageSize, lastFrameNo + 1, sizePages, logId, epoch, io.randomLong(), io.now());
  }
}

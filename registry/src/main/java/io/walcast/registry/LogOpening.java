package io.walcast.registry;

import io.walcast.segment.CorruptSegmentException;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where a log stands when its namespace is opened.
 *
 * <pre>
 *   segment file                                   what happens to it
 *   header never written                           deleted
 *   of another log than a new one                  deleted
 *   of another log than the target's position      the opening fails, naming both
 *   other page size, or a higher epoch             the opening fails, naming both
 *   never sealed                                   cut to whole transactions, sealed
 *   never sealed, no whole transaction             deleted
 *   ends at or below the target's position         deleted
 *   after a gap                                    synced logs: the opening fails;
 *                                                  else deleted, storage has it
 * </pre>
 */
final class LogOpening {

  private static final Logger LOG = LoggerFactory.getLogger(LogOpening.class);

  private final Namespace namespace;
  private final OpenRequest request;
  private final SegmentDirectory directory;
  private final boolean strict;
  private final LogPosition footer; // null: no position in this log
  private final Deque<SealedSegment> tail = new ArrayDeque<>(); // newest first
  private UUID logId; // null: not known yet
  private long nextFrameNo; // where the next segment starts; 0: not known yet

  /**
   * Opens nothing yet.
   *
   * @param strict whether sealed segments were synced, so that none can be missing
   */
  LogOpening(Namespace namespace, OpenRequest request, SegmentDirectory directory, boolean strict)
      throws IOException {
    this.namespace = namespace;
    this.request = request;
    this.directory = directory;
    this.strict = strict;
    if (!strict && request.target().recoversFromSegments()) {
      throw new LogMismatchException(
          namespace,
          "the target recovers from segments, and this registry does not sync them (syncOnSeal)");
    }
    Optional<LogPosition> position = request.target().position();
    Optional<UUID> started = request.start().map(LogStart::logId);
    this.footer =
        position.filter(p -> started.isEmpty() || started.get().equals(p.logId())).orElse(null);
    this.logId = started.or(() -> position.map(LogPosition::logId)).orElse(null);
    this.nextFrameNo =
        footer != null
            ? footer.frameNo() + 1
            : request.start().map(LogStart::firstFrameNo).orElse(0L);
    if (footer != null) {
      checkSame("its target", footer.logId(), footer.pageSize(), footer.epoch());
    }
  }

  /** Opens the segments; closes them again when one fails. */
  void run() throws IOException {
    boolean done = false;
    try {
      boolean broken = false;
      for (Path path : directory.segments()) {
        Optional<SegmentHeader> header = directory.header(path);
        boolean leftover =
            header.isEmpty()
                || (request.start().isPresent() && !header.get().logId().equals(logId));
        if (leftover || broken) {
          LOG.info("{}: deleting {}, which belongs to no log in use", namespace, path);
          directory.delete(path);
          if (broken) {
            directory.sync();
          }
        } else {
          broken = !open(path, header.get());
        }
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** Opens one segment; {@code false} if nothing after it can be used. */
  private boolean open(Path path, SegmentHeader header) throws IOException {
    if (logId == null) {
      logId = header.logId();
    }
    checkSame(path.toString(), header.logId(), header.pageSize(), header.epoch());
    Optional<SealedSegment> opened = directory.open(path, request.recoverUpToFrameNo());
    if (opened.isEmpty()) { // what a failed swap, or a crash before the first commit, has left
      nextFrameNo = Math.max(nextFrameNo, header.startFrameNo());
      return true;
    }
    SealedSegment segment = opened.get();
    if (footer != null && segment.lastFrameNo() <= footer.frameNo()) {
      request.target().force(); // the sync that came before its deletion may have failed
      segment.delete();
      return true;
    }
    return add(segment);
  }

  /** Adds a segment to the tail; {@code false} if something is missing before it. */
  private boolean add(SealedSegment segment) throws IOException {
    long start = segment.startFrameNo();
    boolean reachesBelowFooter = tail.isEmpty() && start < nextFrameNo;
    if (nextFrameNo == 0 || start == nextFrameNo || reachesBelowFooter) {
      tail.addFirst(segment);
      nextFrameNo = segment.lastFrameNo() + 1;
      return true;
    }
    segment.close();
    if (strict) {
      throw new CorruptSegmentException(
          segment.path(),
          SegmentHeader.START_FRAME_NO_AT,
          "starts at frame " + start + " where frame " + nextFrameNo + " is missing");
    }
    LOG.warn("{}: frame {} is missing before {}; deleting it", namespace, nextFrameNo, segment);
    directory.delete(segment.path());
    directory.sync(); // its frame numbers are free again: no crash may bring it back
    return false;
  }

  private void checkSame(String what, UUID otherLogId, int pageSize, int epoch) throws IOException {
    if (!otherLogId.equals(logId)) {
      throw new LogMismatchException(
          namespace, what + " belongs to log " + otherLogId + ", the namespace to log " + logId);
    }
    if (pageSize != request.pageSize()) {
      throw new LogMismatchException(
          namespace, what + " has pages of " + pageSize + " bytes, not " + request.pageSize());
    }
    if (Integer.compareUnsigned(epoch, request.epoch()) > 0) {
      throw new LogMismatchException(
          namespace,
          what
              + " was written in epoch "
              + Integer.toUnsignedString(epoch)
              + ", which fences off epoch "
              + Integer.toUnsignedString(request.epoch()));
    }
  }

  /** The sealed segments above the target's position, newest first. */
  List<SealedSegment> tail() {
    return List.copyOf(tail);
  }

  /** Last frame folded into the target: what a crash in the middle of a checkpoint left. */
  long checkpointedFrameNo() throws IOException {
    return tail.isEmpty() ? end().frameNo() : tail.peekLast().startFrameNo() - 1;
  }

  /** Where the log ends. */
  LogPosition end() throws IOException {
    if (!tail.isEmpty()) {
      return tail.peekFirst().end();
    }
    if (footer != null) {
      return footer;
    }
    LogStart start =
        request
            .start()
            .orElseThrow(
                () ->
                    new LogMismatchException(
                        namespace, "has neither segments nor a position, and no start was given"));
    return new LogPosition(
        logId, request.epoch(), start.firstFrameNo() - 1, start.sizePages(), request.pageSize());
  }

  /** Closes the segments after a failure. */
  void close() throws IOException {
    Closing.all(tail());
  }
}

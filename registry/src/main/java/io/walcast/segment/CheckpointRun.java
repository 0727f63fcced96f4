package io.walcast.segment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments chosen for one checkpoint, from the oldest on: durable, and pinned by no reader.
 * From the choice to {@link #release} no reader can pin them. For one thread.
 */
public final class CheckpointRun {

  private static final Logger LOG = LoggerFactory.getLogger(CheckpointRun.class);

  private final List<SealedSegment> segments = new ArrayList<>();
  private boolean more;

  private CheckpointRun() {}

  /**
   * Chooses the longest run there is.
   *
   * @param tail newest first
   * @param maxBytes where the run ends, unless its first segment alone is larger
   */
  static CheckpointRun choose(List<SealedSegment> tail, long durableFrameNo, long maxBytes) {
    CheckpointRun run = new CheckpointRun();
    long bytes = 0;
    for (int i = tail.size() - 1; i >= 0; i--) {
      SealedSegment segment = tail.get(i);
      bytes += segment.sizeBytes();
      boolean fits = run.segments.isEmpty() || bytes <= maxBytes;
      if (!fits || segment.lastFrameNo() > durableFrameNo || !segment.pins().choose()) {
        run.more = !fits;
        break;
      }
      run.segments.add(segment);
    }
    return run;
  }

  /** Whether there is nothing to fold. */
  public boolean isEmpty() {
    return segments.isEmpty();
  }

  /** Oldest first. */
  public List<SealedSegment> segments() {
    return List.copyOf(segments);
  }

  /** Where the run ends; not where it is empty. */
  public LogPosition end() {
    return segments.get(segments.size() - 1).end();
  }

  /** Whether only its size ended the run. */
  public boolean hasMore() {
    return more;
  }

  /** Lets readers pin the segments again. */
  public void release() {
    segments.forEach(segment -> segment.pins().release());
  }

  /**
   * Deletes the segments.
   *
   * @return the files that cannot go; they are left for the next opening
   */
  public List<Path> delete() {
    List<Path> left = new ArrayList<>();
    for (SealedSegment segment : segments) {
      try {
        segment.delete();
      } catch (IOException e) {
        LOG.warn("cannot delete the checkpointed {}; the next opening will", segment, e);
        left.add(segment.path());
      }
    }
    return left;
  }
}

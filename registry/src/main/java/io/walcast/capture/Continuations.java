package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.segment.BufferPool;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses whether the log of a state directory goes on or a new one begins, and in which epoch:
 * above all that were ever used, as far as can be known. Used by one thread.
 */
final class Continuations {

  private static final Logger LOG = LoggerFactory.getLogger(Continuations.class);

  private final Namespace namespace;
  private final Path segments;
  private final Io io;
  private final CaptureOptions options;

  Continuations(Namespace namespace, Path segments, Io io, CaptureOptions options) {
    this.namespace = namespace;
    this.segments = segments;
    this.io = io;
    this.options = options;
  }

  /**
   * Chooses.
   *
   * @param folded how far the target of checkpoints reaches
   * @param known the position; {@code null} if there is none
   * @param resting whether this process has closed the log to rest
   */
  Continuation choose(
      Optional<LogPosition> folded, CapturePosition known, int pageSize, boolean resting)
      throws IOException {
    int stored = folded.map(LogPosition::epoch).orElse(0);
    int last = known == null ? stored : laterOf(stored, known.epoch());
    boolean outdated =
        Integer.compareUnsigned(options.minimumEpoch(), last) > 0
            || (known != null && publishedFurther(folded, known));
    boolean goesOn = known != null && known.pageSize() == pageSize && !outdated;
    int ended = DeletedLog.read(io, segments.getParent()).map(DeletedLog::epoch).orElse(0);
    int used = laterOf(laterOf(last, segmentsEpoch()), ended);
    int next = laterOf(used, options.minimumEpoch()) + 1;
    boolean wakes = goesOn && resting; // nobody else can have used the epoch: it goes on, too
    int epoch = wakes ? last : goesOn ? next : laterOf(next, secondsNow());
    UUID logId = goesOn ? known.logId() : io.randomUuid();
    return new Continuation(goesOn, wakes, outdated, epoch, logId, goesOn ? known.frameNo() : 0);
  }

  /** The highest epoch of a segment, which a power cut may have left without its position. */
  private int segmentsEpoch() throws IOException {
    int epoch = 0;
    if (io.exists(segments)) {
      SegmentDirectory directory = directory();
      for (Path segment : directory.segments()) {
        Optional<SegmentHeader> header = directory.header(segment);
        epoch = header.isPresent() ? laterOf(epoch, header.get().epoch()) : epoch;
      }
    }
    return epoch;
  }

  /**
   * Whether frames of this log were published that it does not have, so that their numbers must not
   * be given to others: the state directory is an older copy.
   */
  private boolean publishedFurther(Optional<LogPosition> folded, CapturePosition known)
      throws IOException {
    Optional<PublishedFrame> published =
        options.published().filter(p -> p.logId().equals(known.logId()));
    if (published.isEmpty() || published.get().frameNo() <= known.frameNo()) {
      return false;
    }
    // The position is not synced with each seal: after a power failure the log may go on beyond it.
    long last = directory().lastSealedFrameNo(known.logId());
    if (folded.isPresent() && folded.get().logId().equals(known.logId())) {
      last = Math.max(last, folded.get().frameNo());
    }
    if (published.get().frameNo() <= last) {
      return false;
    }
    LOG.warn(
        "{}: log {} was published up to frame {}, and {} knows it up to frame {} only: it is an"
            + " older copy, so a new log begins",
        namespace,
        known.logId(),
        published.get().frameNo(),
        segments.getParent(),
        Math.max(last, known.frameNo()));
    return true;
  }

  private SegmentDirectory directory() {
    return new SegmentDirectory(io, segments, new BufferPool(0), true);
  }

  /**
   * Where a new log's epochs begin. State directory and Connect's offsets may both be lost (another
   * connector name is enough); counted from 1, the epochs of the new log would be refused by all
   * replicas of the old one. As unsigned seconds this lasts until 2106.
   */
  private int secondsNow() {
    return (int) io.now().getEpochSecond();
  }

  private static int laterOf(int epoch, int other) {
    return Integer.compareUnsigned(epoch, other) >= 0 ? epoch : other;
  }
}

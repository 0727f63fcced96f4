package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.storage.PartsJoiner;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * One namespace between the acknowledgement of its segments and that of their announcements. Used
 * under the lock of the {@link Announcer}.
 *
 * <pre>
 * state      what is known                               a published segment
 * WAITING    nothing yet of what is announced            is held
 * READY      everything published before is announced,   is announced, if it is above
 *            or has been given up for a snapshot
 * </pre>
 */
final class NamespaceRuns {

  /** Segments that are held; when there are more, none is, and a snapshot makes up for them. */
  private static final int MOST_HELD = 10_000;

  private final Namespace namespace;
  private final AnnouncerOptions options;
  private final RunBuilder builder;
  private final PartsJoiner joiner = new PartsJoiner();
  private final RunHistory history = new RunHistory();
  private final Deque<PublishedSegment> held = new ArrayDeque<>();
  private boolean ready;
  private boolean overflown;
  private Announcement
      newest; // that is in the topic; null: none is, or it does not matter any more
  private DurableFrame reached; // null: nothing has been published
  private Announcement last; // that reached there, where it is known; else null
  private boolean hasBase; // announced, or about to be, and all that follows it
  private boolean baseWanted; // whatever holds every page next is a base
  private Announcement firstPart; // of a snapshot whose last part is still to come; else null
  private boolean baseAsked; // a snapshot was asked for, and has not come
  private long bytesSinceBase;
  private long databaseBytes;
  private long basePublishedAtMs;

  NamespaceRuns(Namespace namespace, AnnouncerOptions options) {
    this.namespace = namespace;
    this.options = options;
    builder = new RunBuilder(options.runMaxBytes(), options.interval().toNanos());
  }

  Namespace namespace() {
    return namespace;
  }

  RunHistory history() {
    return history;
  }

  boolean isReady() {
    return ready;
  }

  /** This is in the topic, from before; in any order. */
  void know(Announcement run) {
    history.put(AnnouncedRun.of(run));
    if (newest == null || AnnouncedRun.ORDER.compare(run.key(), newest.key()) >= 0) {
      newest = run;
    }
  }

  /** This was in the topic, and is retired. */
  void knowRetired(AnnouncementKey key) {
    history.remove(key);
    if (newest != null && newest.key().equals(key)) {
      newest = null;
    }
  }

  /** The newest run of those before. */
  Optional<Announcement> newest() {
    return Optional.ofNullable(newest);
  }

  /** Whether something up to a frame was published and not announced. */
  boolean misses(DurableFrame durable) {
    return durable != null && (newest == null || durable.isAfter(endOf(newest)));
  }

  private static DurableFrame endOf(Announcement run) {
    return new DurableFrame(run.logId(), run.epoch(), run.endFrameNo());
  }

  /** All that was announced before is known now. */
  void begin(long nowMs) {
    Optional<AnnouncedRun> base = history.newestBase();
    hasBase = base.isPresent();
    bytesSinceBase = history.bytesAfterNewestBase();
    basePublishedAtMs = base.map(AnnouncedRun::sealedAtMs).orElse(nowMs);
    if (newest != null) {
      reached = endOf(newest);
      databaseBytes = bytesOf(newest);
      last = newest;
      builder.resume(newest);
      newest = null;
    }
  }

  /** What is missing up to a frame cannot be announced. */
  void giveUp(DurableFrame upTo) {
    if (upTo != null && (reached == null || upTo.isAfter(reached))) {
      reached = upTo;
      last = null;
      hasBase = false;
      joiner.brokenOff(namespace);
    }
  }

  /** Everything from before is settled. */
  void becomeReady() {
    ready = true;
    if (overflown) {
      hasBase = false;
    }
    held.forEach(this::accept);
    held.clear();
  }

  /** Kafka has this segment. */
  void published(PublishedSegment segment) {
    if (ready) {
      accept(segment);
    } else if (held.size() < MOST_HELD && !overflown) {
      held.add(segment);
    } else {
      overflown = true;
      held.clear();
    }
  }

  /** Takes a segment that was published, now or before; whatever is not above the last is known. */
  void accept(PublishedSegment segment) {
    DurableFrame end = endOf(segment.run());
    if (reached != null && !end.isAfter(reached)) {
      passOver(segment.run());
      return;
    }
    boolean follows =
        reached != null
            && reached.logId().equals(end.logId())
            && segment.run().startFrameNo() == reached.frameNo() + 1;
    boolean needsNothing = segment.kind().isSnapshot() && !segment.kind().goesOn();
    if (!follows && !needsNothing) {
      hasBase = false;
    }
    reached = end;
    last = segment.run();
    if (segment.kind().isEnd()) {
      firstPart = null;
    } else if (needsNothing) {
      firstPart = segment.run();
    }
    joiner.add(segment.run(), segment.kind()).ifPresent(whole -> announce(whole, segment.kind()));
  }

  /**
   * What a restarted source published again lies behind what it had published before. A reader of a
   * run that held both would find more than is announced.
   */
  private void passOver(Announcement again) {
    boolean another =
        last == null
            || again.partition() != last.partition()
            || again.firstOffset() > last.lastOffset();
    if (!another) {
      return;
    }
    builder.endRun();
    if (firstPart != null) {
      firstPart = null;
      joiner.brokenOff(namespace);
      hasBase = false;
    }
  }

  /**
   * A small database is written whole all the time. Such a segment goes into a run like any other,
   * unless a base is due: else each would be announced by itself and retire the one before.
   */
  private void announce(Announcement whole, SegmentKind kind) {
    databaseBytes = bytesOf(whole);
    boolean base =
        whole.snapshot()
            && (kind.goesOn()
                || !hasBase
                || baseWanted
                || whole.bytes() > options.runMaxBytes()
                || isBaseDueBySize());
    builder.add(base || !whole.snapshot() ? whole : asChanges(whole));
    if (base) {
      hasBase = true;
      baseWanted = false;
      baseAsked = false;
      bytesSinceBase = 0;
      basePublishedAtMs = whole.sealedAtMs();
    } else {
      bytesSinceBase += whole.bytes();
    }
  }

  private static long bytesOf(Announcement run) {
    return Integer.toUnsignedLong(run.sizeAfter()) * run.pageSize();
  }

  private static Announcement asChanges(Announcement whole) {
    return new Announcement(
        whole.namespace(),
        whole.logId(),
        whole.epoch(),
        whole.startFrameNo(),
        whole.endFrameNo(),
        whole.sealedAtMs(),
        whole.pageSize(),
        whole.sizeAfter(),
        false,
        whole.segments(),
        whole.records(),
        whole.partition(),
        whole.parts(),
        whole.firstOffset(),
        whole.lastOffset(),
        whole.databaseChecksum(),
        whole.pages());
  }

  private boolean isBaseDueBySize() {
    double ratio = options.snapshotSizeRatio();
    double due = Math.max(options.runMaxBytes(), ratio * databaseBytes);
    return ratio > 0 && bytesSinceBase >= due;
  }

  private boolean isBaseDueByTime(long nowMs) {
    Duration interval = options.snapshotInterval();
    return !interval.isZero()
        && bytesSinceBase > 0
        && nowMs - basePublishedAtMs >= interval.toMillis();
  }

  /** Why a snapshot is to be asked for now; empty if none is due, or one is on its way. */
  Optional<String> whySnapshot(long nowMs) {
    if (!ready || baseAsked || firstPart != null || reached == null) {
      return Optional.empty();
    }
    if (!hasBase) {
      return Optional.of("what is announced does not lead to a whole database");
    }
    if (isBaseDueBySize()) {
      return Optional.of(
          bytesSinceBase + " bytes follow the last one, of a database of " + databaseBytes);
    }
    if (isBaseDueByTime(nowMs)) {
      return Optional.of("the last one is older than " + options.snapshotInterval());
    }
    return Optional.empty();
  }

  /** A snapshot was asked for: it is to be a base, however small. */
  void snapshotAsked() {
    baseAsked = true;
    baseWanted = true;
  }

  /** It will not come. */
  void snapshotNotAsked() {
    baseAsked = false;
  }

  /** Whether one was asked for and has not come. */
  boolean isSnapshotAsked() {
    return baseAsked;
  }

  boolean isWaiting() {
    return ready && builder.isWaiting();
  }

  List<Announcement> due(long nowNs) {
    return ready ? builder.due(nowNs) : List.of();
  }

  /** Runs with records that nothing in the topic leads to yet, and shall. */
  List<Announcement> unannounced() {
    List<Announcement> runs = new ArrayList<>(builder.waiting());
    held.forEach(segment -> runs.add(segment.run()));
    if (firstPart != null) {
      runs.add(firstPart);
    }
    return runs;
  }
}

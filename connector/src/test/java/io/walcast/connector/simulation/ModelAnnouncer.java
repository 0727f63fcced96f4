package io.walcast.connector.simulation;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.storage.SegmentFinder;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.segment.Namespace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Announces what one namespace has in the topic: some time after it is there, small segments
 * together. A snapshot retires what was announced before. For one thread.
 */
final class ModelAnnouncer {

  private static final long MOST_BYTES = 20_000;

  private final Broker broker;
  private final Clock clock;
  private final Dice dice;
  private final SegmentFinder finder;
  private final Namespace namespace;
  private final Deque<Announcement> waiting = new ArrayDeque<>();
  private final List<AnnouncementKey> announced = new ArrayList<>();
  private Announcement open; // null: none may grow
  private Announcement newest; // null: nothing was published
  private final List<Announcement> published = new ArrayList<>();
  private long waitingSinceMs;
  private long lastSnapshotRecord = -1;

  ModelAnnouncer(Namespace namespace, int partition, Broker broker, Clock clock, Dice dice) {
    this.namespace = namespace;
    this.finder = new SegmentFinder(partition);
    this.broker = broker;
    this.clock = clock;
    this.dice = dice;
  }

  /** A record is in the topic. */
  void published(long offset, long timestampMs, byte[] value) throws InvalidFrameException {
    FrameRecord frame = FrameRecord.decode(value);
    if (frame.kind().isSnapshot()) {
      lastSnapshotRecord = offset;
    }
    finder.frame(namespace, offset, timestampMs, frame).ifPresent(this::found);
  }

  private void found(Announcement segment) {
    boolean again =
        newest != null
            && newest.logId().equals(segment.logId())
            && newest.epoch() == segment.epoch()
            && segment.endFrameNo() <= newest.endFrameNo();
    if (!again) {
      if (waiting.isEmpty()) {
        waitingSinceMs = clock.nowMs();
      }
      waiting.add(segment);
      published.add(segment);
      newest = segment;
    }
  }

  /** The newest segment of which all records are before an offset; {@code null}: none. */
  Announcement lastBefore(long offset) {
    Announcement last = null;
    for (Announcement segment : published) {
      last = segment.lastOffset() < offset ? segment : last;
    }
    return last;
  }

  /** Whether a snapshot, or a part of one, is at an offset or after it. */
  boolean isSnapshotAfter(long offset) {
    return lastSnapshotRecord >= offset;
  }

  /** Where the newest snapshot begins; -1: there is none. */
  long newestSnapshotOffset() {
    long found = -1;
    for (Announcement segment : published) {
      found = segment.snapshot() ? segment.firstOffset() : found;
    }
    return found;
  }

  /** For how long something has waited. */
  long waitingMs() {
    return waiting.isEmpty() ? 0 : clock.nowMs() - waitingSinceMs;
  }

  /** Announces what waits; says whether all of it is still there. */
  boolean announce() {
    boolean whole = true;
    while (!waiting.isEmpty()) {
      Announcement segment = waiting.remove();
      Partition frames = broker.frames(segment.partition());
      if (segment.firstOffset() < frames.first()) {
        open = null;
        whole = false;
        continue;
      }
      boolean grows =
          open != null
              && open.isContinuedBy(segment)
              && open.bytes() + segment.bytes() <= MOST_BYTES
              && !dice.oneIn(5);
      open = grows ? open.with(segment) : segment;
      write(open.key(), AnnouncementJson.encode(open));
      if (segment.snapshot()) {
        retire();
      }
      announced.remove(open.key());
      announced.add(open.key());
    }
    return whole;
  }

  private void retire() {
    announced.forEach(key -> write(key, null));
    announced.clear();
  }

  private void write(AnnouncementKey key, byte[] value) {
    broker.announcements().append(clock.nowMs(), key.toString(), value);
  }

  /** A restarted source goes on with the run that may grow, or begins another. */
  void restarted() {
    if (dice.oneIn(2)) {
      open = null;
    }
  }

  /** The namespace is deleted: nothing of it is there any more. */
  void deleted() {
    finder.brokenOff(namespace);
    waiting.clear();
    published.clear();
    retire();
    open = null;
    newest = null;
  }
}
